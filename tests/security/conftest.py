from deals_system import open_on_qualified, system

__all__ = ["open_on_qualified", "system"]
