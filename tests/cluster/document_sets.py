"""Whether a ruleset's aggregation and the node's own searches find the same documents: not as many, the same.

    sets = DocumentSets(client, "index", "ruleset")
    for name, found in sets.compare({rule_id: dsl}).items(): ...

Each own search carries the aggregation. That tells how many documents the search finds (own) and how many of these the
aggregation finds, too (shared); one search of everything tells how many the aggregation finds at all (ours). The sets are the
same exactly if the three numbers are.
"""
import dataclasses

import client as http

BATCH = 50
READINGS = ("verdicts", "postings_first", "columns")
ALL = {"match_all": {}}
# Two fields of random numbers, by which a set can be compared with one that was found elsewhere.
MARKS = ("mark.a", "mark.b")


@dataclasses.dataclass(frozen=True)
class Found:
    """What one rule's search and the aggregation found; own is a text where the node refuses the search."""
    own: int | str
    ours: int
    shared: int = 0
    error: str | None = None  # an error value of the rule
    marks: tuple = ()  # sums over what the search found

    @property
    def is_refused(self):
        return isinstance(self.own, str)

    @property
    def is_same(self):
        return self.own == self.ours == self.shared


def aggregation(ruleset, reading):
    return {"tripline": {"ruleset": ruleset, "reading": reading}}


class DocumentSets:
    """One index (or several, by pattern) under one ruleset, read in one way."""

    def __init__(self, client, index, ruleset, *, reading=READINGS[0], has_marks=False):
        self._client = client
        self._index = index
        self._ruleset = ruleset
        self._reading = reading
        self._has_marks = has_marks

    def all_ours(self):
        """Rule -> (count, error) of the aggregation alone."""
        body = {"size": 0, "query": ALL, "aggs": {"t": aggregation(self._ruleset, self._reading)}}
        answer = self._client.expect("POST", f"/{self._index}/_search?request_cache=false", body, timeout_s=600)
        if answer["_shards"]["failed"]:
            raise http.BadAnswer(f"the aggregation alone failed: {str(answer['_shards'])[:1000]}")
        return {rule: (found["count"], _error(found))
                for rule, found in answer["aggregations"]["t"]["rules"].items()}

    def compare(self, queries):
        """Rule -> Found, of the rules whose query is given."""
        ours = self.all_ours()
        found, names = {}, list(queries)
        for begin in range(0, len(names), BATCH):
            batch = names[begin:begin + BATCH]
            for name, answer in zip(batch, self._ask([queries[name] for name in batch]), strict=True):
                count, error = ours.get(name, (0, None))
                found[name] = self._found(name, answer, count, error, queries[name])
        return found

    def _body(self, query, carries=True):
        # Documents are counted, because the server's own total of a query on existence comes from its terms, which an empty
        # value of a wildcard field does not have.
        aggregations = {"own": {"filter": ALL}} | ({"t": aggregation(self._ruleset, self._reading)} if carries else {})
        if self._has_marks:
            aggregations |= {field: {"sum": {"field": field}} for field in MARKS}
        return {"size": 0, "track_total_hits": False, "query": query, "aggs": aggregations}

    def _ask(self, queries, carries=True):
        lines = []
        for query in queries:
            lines += [{"index": self._index, "request_cache": False}, self._body(query, carries)]
        return self._client.expect("POST", "/_msearch?max_concurrent_searches=2", http.ndjson(lines), timeout_s=600)["responses"]

    def _found(self, name, answer, ours, error, query):
        failure = failure_of(answer)
        if failure:
            # Whose fault it is, the search's own or that of what it carries, is told by the search alone.
            (alone,) = self._ask([query], carries=False)
            if not failure_of(alone):
                return Found(_own(alone), ours, -1, error=f"only with the aggregation: {failure}")
            return Found(failure, ours, error=error)
        shared = answer["aggregations"]["t"]["rules"].get(name, {}).get("count", 0)
        marks = tuple(int(answer["aggregations"][field]["value"]) for field in MARKS) if self._has_marks else ()
        return Found(_own(answer), ours, shared, error, marks)

    def examples(self, name, query, most=3):
        """Ids of some documents that one side alone finds: those of a query in which the counts are not the same."""
        told = {}
        for side, base in {"the node's alone": query, "ours alone": {"bool": {"must_not": [query]}}}.items():
            told[side] = self._differing(name, base, side == "ours alone", most)
        return told

    def _differing(self, name, base, is_ours, most):
        """By halving ranges of sequence numbers; of several shards, as many documents as have the number."""
        found, pending = [], [(0, 1 << 20)]
        while pending and len(found) < most:
            begin, end = pending.pop()
            part = {"bool": {"filter": [base, {"range": {"_seq_no": {"gte": begin, "lt": end}}}]}}
            (answer,) = self._ask([part])
            if failure_of(answer):
                return [failure_of(answer)]
            hits = _own(answer)
            ours = answer["aggregations"]["t"]["rules"].get(name, {}).get("count", 0)
            if hits == 0 or (ours == 0 if is_ours else ours == hits):
                continue
            if end - begin == 1:
                listed = self._client.expect("POST", f"/{self._index}/_search", {"query": self._body(part)["query"], "_source": True})
                found += [f"{hit['_index']}/{hit['_id']} {str(hit.get('_source'))[:300]}" for hit in listed["hits"]["hits"]]
            else:
                middle = (begin + end) // 2
                pending += [(middle, end), (begin, middle)]
        return found


class FewDocuments:
    """An index of few documents, with numbers as ids. What the node's own searches find is fetched; the aggregation is asked
    to count in all documents, and in those whose number has a bit, for every bit: two sets that differ in one document, or
    in one each, differ in one of these counts."""

    def __init__(self, client, index, size):
        self._client = client
        self._index = index
        self._size = size
        numbers = range(size)
        self._groups = [list(numbers)] + [[n for n in numbers if n >> bit & 1] for bit in range((size - 1).bit_length())]

    def own(self, queries):
        """Name -> ids that the node's own search finds, or a text where it refuses."""
        found, names = {}, list(queries)
        for begin in range(0, len(names), BATCH):
            batch = names[begin:begin + BATCH]
            bodies = [{"size": self._size, "_source": False, "query": queries[name]} for name in batch]
            for name, answer in zip(batch, self._ask(bodies), strict=True):
                found[name] = failure_of(answer) or {int(hit["_id"]) for hit in answer["hits"]["hits"]}
        return found

    def differing(self, own, ruleset, reading):
        """Of the names whose ids are known those that the aggregation does not find the same documents for, each with
        what it finds and errors."""
        answers = self._counts(self._groups, ruleset, reading)
        suspects = [name for name, ids in own.items() if not isinstance(ids, str) and any(
            answer.get(name, {}).get("count", 0) != len(ids & set(group))
            for group, answer in zip(self._groups, answers, strict=True))]
        if not suspects:
            return {}
        each = self._counts([[number] for number in range(self._size)], ruleset, reading)
        return {name: ({number for number, answer in enumerate(each) if answer.get(name, {}).get("count")},
                       _error(answers[0].get(name, {}))) for name in suspects}

    def _counts(self, groups, ruleset, reading):
        bodies = [{"size": 0, "query": {"ids": {"values": [str(number) for number in group]}} if group is not self._groups[0] else ALL,
                   "aggs": {"t": aggregation(ruleset, reading)}} for group in groups]
        answers = self._ask(bodies)
        for answer in answers:
            if failure_of(answer):
                raise http.BadAnswer(f"a search with the aggregation failed: {failure_of(answer)}")
        return [answer["aggregations"]["t"]["rules"] for answer in answers]

    def _ask(self, bodies):
        lines = [line for body in bodies for line in ({"index": self._index, "request_cache": False}, body)]
        status, answer = self._client.request("POST", "/_msearch?max_concurrent_searches=1", http.ndjson(lines), timeout_s=600)
        if status == 400 and len(bodies) > 1:  # a query that is none spoils them all
            return self._ask(bodies[:len(bodies) // 2]) + self._ask(bodies[len(bodies) // 2:])
        return answer["responses"] if status == 200 else [answer]


def _error(found):
    return found.get("error") or found.get("errors")


def _own(answer):
    return answer["aggregations"]["own"]["doc_count"]


def failure_of(answer):
    """What a search's answer says went wrong, cut; None if nothing did."""
    failures = answer.get("error") or answer.get("_shards", {}).get("failures")
    if not failures:
        return None
    causes = failures if isinstance(failures, list) else failures.get("root_cause", [failures])
    reasons = [cause.get("reason") for cause in causes]
    return "; ".join(sorted({str(reason.get("reason") if isinstance(reason, dict) else reason) for reason in reasons}))[:300]
