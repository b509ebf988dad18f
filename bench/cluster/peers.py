"""The two ways in which a cluster can ask all rules by itself: one search per rule, as Kibana does, and the percolator.

    searches = Searches(it, queries)
    searches.counts(query)              # rule id -> documents
    it.cost(searches.asked(query))      # _msearch of 50, the first 100 hits by time, without source

    percolator = Percolator(it, queries)    # registers them, once
    percolator.refused                      # rule id -> why the node would not register it
    percolator.counts(documents)            # rule id -> documents
"""
import collections
import json

import lab
import mapping
from client import ndjson

_INDEX, _FIELD = "percolator", "rule_query"
_LONG_S = 600


class Searches:
    """One search per rule. Rules that the node refuses to search are named at the first count."""

    def __init__(self, it, queries):
        self._it = it
        self._queries = queries
        self.names = list(queries)
        self.refused = {}  # rule id -> reason

    def asked(self, query, index=None):
        """What to call to have every rule asked as Kibana would."""
        bodies = self._it.batches(self._queries, query, index=index)
        return lambda: self._it.search(bodies)

    def counts(self, query, index=None):
        answers = self._it.search(self._it.batches(self._queries, query, size=0, index=index))
        found = {}
        for name, answer in zip(self._queries, answers, strict=True):
            failures = answer.get("error") or answer["_shards"].get("failures")
            if failures:
                self.refused[name] = json.dumps(failures)[:200]
            else:
                found[name] = answer["hits"]["total"]["value"]
        return found


class Percolator:
    """The rules as documents of an index of the same mapping."""

    def __init__(self, it, queries):
        self._client = it.client
        self.refused = {}  # rule id -> reason
        body = mapping.index_body(more_fields=lab.more_fields())
        body["mappings"]["properties"][_FIELD] = {"type": "percolator"}
        self._client.request("DELETE", f"/{_INDEX}")
        self._client.expect("PUT", f"/{_INDEX}", body)
        lines = []
        for name, query in queries.items():
            lines += [{"index": {"_id": name}}, {_FIELD: query}]
        answer = self._client.expect("POST", f"/{_INDEX}/_bulk?refresh=true", ndjson(lines), timeout_s=_LONG_S)
        for item in answer["items"]:
            error = item["index"].get("error")
            if error:
                cause = error.get("caused_by") or error
                self.refused[item["index"]["_id"]] = str(cause["reason"])[:200]
        self._client.expect("POST", f"/{_INDEX}/_forcemerge?max_num_segments=1", timeout_s=_LONG_S)
        self.registered = len(queries) - len(self.refused)

    def ask(self, documents):
        """The rules that match some of the documents, each with the places of those."""
        body = {"size": self.registered, "_source": False,
                "query": {"percolate": {"field": _FIELD, "documents": documents}}}
        answer = self._client.expect("POST", f"/{_INDEX}/_search?request_cache=false", body, timeout_s=_LONG_S)
        if answer["_shards"]["failed"]:
            raise RuntimeError(f"the percolator failed: {json.dumps(answer['_shards'])[:2000]}")
        return answer["hits"]["hits"]

    def counts(self, documents):
        found = collections.Counter()
        for hit in self.ask(documents):
            found[hit["_id"]] = len(hit["fields"]["_percolator_document_slot"])
        return found
