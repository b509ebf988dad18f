"""A client that keeps its connection, so that a request costs the node no new one. Otherwise as client.Client; not for
several threads."""
import http.client
import json
import urllib.parse

from client import Client, Unreachable


class Connection(Client):
    """Speaks to one node over one connection, which is opened again where the node has closed it."""

    def __init__(self, url, timeout_s=600):
        super().__init__(url, timeout_s)
        address = urllib.parse.urlsplit(self.url)
        self._connection = http.client.HTTPConnection(address.hostname, address.port, timeout=timeout_s)

    def request(self, method, path, body=None, timeout_s=None):
        """As Client.request; the time-out is the connection's."""
        is_ndjson = isinstance(body, (bytes, bytearray))
        data = body if body is None or is_ndjson else json.dumps(body).encode("utf-8")
        headers = {"Content-Type": "application/x-ndjson" if is_ndjson else "application/json"} if data is not None else {}
        for is_last in (False, True):
            try:
                self._connection.request(method, path, data, headers)
                answer = self._connection.getresponse()
                text = answer.read().decode("utf-8", errors="replace")
                break
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if is_last or isinstance(error, TimeoutError):
                    raise Unreachable(f"{method} {self.url}{path}: {error}") from error
        try:
            return answer.status, json.loads(text) if text else None
        except ValueError:
            return answer.status, text
