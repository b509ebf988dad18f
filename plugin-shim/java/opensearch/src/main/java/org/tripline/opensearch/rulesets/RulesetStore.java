package org.tripline.opensearch.rulesets;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.DocWriteRequest;
import org.opensearch.action.DocWriteResponse;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.WriteRequest;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.engine.VersionConflictEngineException;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/**
 * The rulesets of the cluster: documents of the system index {@code .tripline-rulesets}, one per
 * name, and one per file. The index is the truth; what nodes hold is a cache of it. Files are written
 * first, and a ruleset is replaced as a whole or not at all, only if it still is what the writer saw.
 */
public final class RulesetStore {
  public static final String INDEX = ".tripline-rulesets";

  private static final Logger LOGGER = LogManager.getLogger(RulesetStore.class);
  private static final int MAX_LISTED = 1000;
  private static final long NOT_THERE = -2; // as of a document that is still to be made

  private final Client client;
  private final RulesetFiles files;

  public RulesetStore(Client client) {
    this.client = OwnRights.of(client);
    this.files = new RulesetFiles(this.client);
  }

  /** A ruleset as it is stored, without its files. {@code previous}: null if there is none. */
  public record Stored(
      String name,
      RulesetVersion current,
      RulesetVersion previous,
      Runs runs,
      long seqNo,
      long primaryTerm) {
    /** Of what nodes load: the uploaded ruleset with its exceptions joined. */
    public String hash() {
      return current.hash();
    }

    /** Of what was uploaded. */
    public String baseHash() {
      return current.baseHash();
    }

    /** Of what nodes would load after a rollback; null if there is nothing to go back to. */
    public String previousHash() {
      return previous == null ? null : previous.hash();
    }

    public int numRules() {
      return current.numRules();
    }

    public long updatedAtMillis() {
      return current.updatedAtMillis();
    }

    /** With whose rights it runs by schedule; null if nobody guarded the cluster. */
    public Writer writer() {
      return current.writer();
    }

    public boolean hasExceptions() {
      return current.exceptionsHash() != null;
    }

    Stored with(RulesetVersion newCurrent, RulesetVersion newPrevious) {
      return new Stored(name, newCurrent, newPrevious, runs, seqNo, primaryTerm);
    }

    Stored with(Runs newRuns) {
      return new Stored(name, current, previous, newRuns, seqNo, primaryTerm);
    }

    /** That takes the name, if it is still free. */
    static Stored first(String name, RulesetVersion version) {
      return new Stored(name, version, null, Runs.NEVER, NOT_THERE, NOT_THERE);
    }

    private void addFilesTo(Set<String> hashes) {
      for (RulesetVersion version : versions()) {
        hashes.add(version.hash());
        hashes.add(version.baseHash());
        if (version.exceptionsHash() != null) {
          hashes.add(version.exceptionsHash());
        }
      }
    }

    private List<RulesetVersion> versions() {
      return previous == null ? List.of(current) : List.of(current, previous);
    }
  }

  /** All rulesets by name, and those that cannot be read, with the reasons. */
  public record Listing(List<Stored> rulesets, Map<String, String> unusable) {}

  /** Writes what the ruleset is to refer to. */
  void putFile(String hash, byte[] file, ActionListener<Void> listener) {
    RulesetIndex.make(
        client,
        ActionListener.wrap(
            ignored -> files.put(hash, file, listener), listener::onFailure));
  }

  /** The file that nodes load. */
  public void file(Stored stored, ActionListener<byte[]> listener) {
    files.getOf(stored.name(), stored.hash(), listener);
  }

  /** Another file of the ruleset: what was uploaded, or its exceptions. */
  void file(Stored stored, String hash, ActionListener<byte[]> listener) {
    files.getOf(stored.name(), hash, listener);
  }

  /**
   * Replaces the ruleset, if it still is what {@code changed} was made from; its files must be there.
   * Fails with 409 if somebody was faster.
   */
  void replace(Stored changed, ActionListener<Void> listener) {
    IndexRequest request =
        new IndexRequest(INDEX)
            .id(changed.name())
            .source(
                RulesetDocument.source(
                    changed.name(), changed.current(), changed.previous(), changed.runs()))
            .setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE);
    if (changed.seqNo() == NOT_THERE) {
      request.opType(DocWriteRequest.OpType.CREATE);
    } else {
      request.setIfSeqNo(changed.seqNo()).setIfPrimaryTerm(changed.primaryTerm());
    }
    client.index(
        request,
        ActionListener.wrap(
            response -> listener.onResponse(null),
            e -> {
              if (ExceptionsHelper.unwrapCause(e) instanceof VersionConflictEngineException) {
                tellWho(changed.name(), listener);
              } else {
                listener.onFailure(e);
              }
            }));
  }

  private void tellWho(String name, ActionListener<Void> listener) {
    get(
        name,
        ActionListener.wrap(
            now -> {
              String who = now == null || now.writer() == null ? "" : " by " + now.writer().user();
              String what = now == null ? "deleted" : "changed" + who;
              throw new OpenSearchStatusException(
                  "the ruleset [" + name + "] was " + what + " while this request was worked on,"
                      + " and stays as it is now; look at it, and send this again if it is still"
                      + " wanted",
                  RestStatus.CONFLICT);
            },
            listener::onFailure));
  }

  /** The stored ruleset, or null. As it is now, not as of the last refresh. */
  public void get(String name, ActionListener<Stored> listener) {
    client.get(
        new GetRequest(INDEX, name),
        ActionListener.wrap(
            found ->
                listener.onResponse(
                    found.isExists()
                        ? RulesetDocument.read(
                            name, found.getSourceAsMap(), found.getSeqNo(), found.getPrimaryTerm())
                        : null),
            e -> RulesetIndex.answerIfMissing(e, null, listener)));
  }

  /** All rulesets by name that can be read, without their files; at most 1,000. */
  public void list(ActionListener<List<Stored>> listener) {
    listing(
        ActionListener.wrap(
            all -> {
              all.unusable().values().forEach(LOGGER::warn);
              listener.onResponse(all.rulesets());
            },
            listener::onFailure));
  }

  public void listing(ActionListener<Listing> listener) {
    SearchSourceBuilder source =
        new SearchSourceBuilder()
            .query(QueryBuilders.existsQuery("name")) // files have none
            .fetchSource(null, "file")
            .seqNoAndPrimaryTerm(true)
            .sort("name")
            .size(MAX_LISTED);
    client.search(
        new SearchRequest(INDEX).source(source).allowPartialSearchResults(false),
        ActionListener.wrap(
            response -> listener.onResponse(read(response.getHits().getHits())),
            e ->
                RulesetIndex.answerIfMissing(
                    e, new Listing(List.of(), Map.of()), listener)));
  }

  private static Listing read(SearchHit[] hits) {
    List<Stored> found = new ArrayList<>();
    Map<String, String> unusable = new TreeMap<>();
    for (SearchHit hit : hits) {
      try {
        found.add(
            RulesetDocument.read(
                hit.getId(), hit.getSourceAsMap(), hit.getSeqNo(), hit.getPrimaryTerm()));
      } catch (OpenSearchStatusException e) {
        unusable.put(hit.getId(), e.getMessage());
      }
    }
    return new Listing(found, unusable);
  }

  /** Answers whether there was such a ruleset. */
  public void delete(String name, ActionListener<Boolean> listener) {
    client.delete(
        new DeleteRequest(INDEX, name).setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE),
        ActionListener.wrap(
            response ->
                listener.onResponse(response.getResult() == DocWriteResponse.Result.DELETED),
            e -> RulesetIndex.answerIfMissing(e, false, listener)));
  }

  /** Files that no ruleset refers to go, some time. */
  void deleteUnusedFiles() {
    files.keepOnly(
        then ->
            listing(
                ActionListener.wrap(
                    all -> {
                      // Whose files they are cannot be told of a ruleset that cannot be read.
                      if (all.unusable().isEmpty() && all.rulesets().size() < MAX_LISTED) {
                        Set<String> used = new HashSet<>();
                        all.rulesets().forEach(stored -> stored.addFilesTo(used));
                        then.accept(used);
                      }
                    },
                    e -> {})));
  }
}
