"""A limit for the head of a request: uvicorn has none with httptools, and would keep a header that never ends."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 2**16
"""Method, address and headers. What uvicorn allows with its other parser, and eight times what nginx lets through."""

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: application/problem+json\r\n"
    b"connection: close\r\n\r\n"
    b'{"type":"about:blank","title":"Request Header Fields Too Large","status":431}'
)


class LimitedHead(HttpToolsProtocol):
    """Answers 431 (RFC 6585, section 5) and hangs up when a head is larger, after one read of the socket at most."""

    _in_head = True
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            # An answer to an earlier request on this connection, if one is being written, is cut off by it.
            if self.cycle is None or self.cycle.response_complete:
                self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()
