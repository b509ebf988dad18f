package org.tripline.opensearch.schedule;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.core.xcontent.XContentBuilder;

/** Bytes that stand in documents of the state index, cut into chunks. Written once, never changed. */
record Blob(String id, int chunks, long bytes) {
  static final int CHUNK_BYTES = 4 << 20;
  private static final int MAX_CHUNKS = 100_000;

  static Blob of(String id, int length) {
    return new Blob(id, Math.max(1, Math.ceilDiv(length, CHUNK_BYTES)), length);
  }

  List<String> documents() {
    List<String> documents = new ArrayList<>();
    for (int chunk = 0; chunk < chunks; chunk++) {
      documents.add(id + "-" + chunk);
    }
    return documents;
  }

  void addTo(XContentBuilder json) throws IOException {
    json.startObject().field("id", id).field("chunks", chunks).field("bytes", bytes).endObject();
  }

  /** {@code kept}: as read from the index. Throws IllegalArgumentException. */
  static Blob read(Object kept) {
    if (kept instanceof Map<?, ?> map
        && map.get("id") instanceof String id
        && map.get("chunks") instanceof Number chunks
        && map.get("bytes") instanceof Number bytes
        && chunks.intValue() > 0
        && chunks.intValue() <= MAX_CHUNKS) {
      return new Blob(id, chunks.intValue(), bytes.longValue());
    }
    throw new IllegalArgumentException("the reference to a part is damaged");
  }
}
