from automation_office import office
from deals_system import open_on_qualified, system

__all__ = ["office", "open_on_qualified", "system"]
