"""A tiny HTTP client for a node on loopback: JSON in, JSON out.

    status, answer = Client("http://127.0.0.1:9200").request("GET", "/_cluster/health")
"""
import base64
import http.client
import json
import urllib.error
import urllib.request


class Unreachable(Exception):
    """Nobody answered at the address, or the connection broke."""


class BadAnswer(Exception):
    """The node answered with another status than the caller can go on with."""


class Client:
    """Speaks to one node; holds no connection, so that threads may share it."""

    def __init__(self, url, timeout_s=60, user=None):
        """user: (name, password), where the node asks for them."""
        self.url = url.rstrip("/")
        self._authorization = None if user is None else "Basic " + base64.b64encode(":".join(user).encode()).decode()
        self._timeout_s = timeout_s
        # Loopback is never behind a proxy, whatever the environment says of one.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def request(self, method, path, body=None, timeout_s=None):
        """(status, parsed answer). body: None, something for json.dumps, or bytes, which are sent as NDJSON. An answer
        that is not JSON comes back as text; raises Unreachable where there is none."""
        is_ndjson = isinstance(body, (bytes, bytearray))
        data = body if body is None or is_ndjson else json.dumps(body).encode("utf-8")
        request = urllib.request.Request(self.url + path, data=data, method=method)
        if self._authorization:
            request.add_header("Authorization", self._authorization)
        if data is not None:
            request.add_header("Content-Type", "application/x-ndjson" if is_ndjson else "application/json")
        try:
            with self._opener.open(request, timeout=timeout_s or self._timeout_s) as answer:
                return answer.status, _parsed(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _parsed(error.read())
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{method} {self.url}{path}: {getattr(error, 'reason', None) or error}") from error

    def expect(self, method, path, body=None, timeout_s=None):
        """The parsed answer of a request that has to succeed; raises BadAnswer where it does not."""
        status, answer = self.request(method, path, body, timeout_s)
        if status >= 300:
            raise BadAnswer(f"{method} {self.url}{path} answered {status}: {json.dumps(answer)[:2000]}")
        return answer


def ndjson(values):
    """One JSON text a line, as _bulk and _msearch take them."""
    return b"".join(json.dumps(value, separators=(",", ":")).encode("utf-8") + b"\n" for value in values)


def _parsed(data):
    text = data.decode("utf-8", errors="replace")
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
