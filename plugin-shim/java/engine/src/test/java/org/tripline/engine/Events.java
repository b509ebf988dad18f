package org.tripline.engine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Function;
import org.tripline.engine.RulesetDescription.Column;

/** Random events of Rules' mapping: what the rules say of them, and their columns as a host has them. */
final class Events {
  private static final List<String> NAMES = List.of("a", "alice", "bob", "bo", "Bob", "", "zoë");
  private static final List<String> NOTES =
      List.of("the quick fox", "quick brown fox", "Quick, fox!", "");
  private static final List<String> ADDRESSES = List.of("10.0.0.1", "10.255.3.4", "11.0.0.1");

  /** One event; every field may have no value, one, or several. */
  record Event(
      List<String> names,
      List<Long> ports,
      List<String> addresses,
      List<Double> scores,
      List<Long> times,
      List<Boolean> flags,
      List<String> notes) {}

  final List<Event> events = new ArrayList<>();
  private final Map<String, List<String>> sortedTexts = new HashMap<>();

  Events(long seed, int count) {
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      events.add(
          new Event(
              some(random, r -> NAMES.get(r.nextInt(NAMES.size()))),
              some(random, r -> (long) r.nextInt(300)),
              some(random, r -> ADDRESSES.get(r.nextInt(ADDRESSES.size()))),
              some(random, r -> r.nextInt(6) / 2.0),
              some(random, r -> Rules.MAY + r.nextInt(3) - 1),
              some(random, Random::nextBoolean),
              some(random, r -> NOTES.get(r.nextInt(NOTES.size())))));
    }
  }

  private static <T> List<T> some(Random random, Function<Random, T> value) {
    List<T> values = new ArrayList<>();
    for (int left = Math.max(0, random.nextInt(4) - 1); left > 0; left--) {
      values.add(value.apply(random));
    }
    return values;
  }

  int size() {
    return events.size();
  }

  /** The rows that each of Rules.QUERIES matches, by hand. */
  List<BitSet> expected() {
    List<BitSet> rows = new ArrayList<>();
    for (int rule = 0; rule < Rules.QUERIES.size(); rule++) {
      BitSet set = new BitSet();
      for (int row = 0; row < events.size(); row++) {
        set.set(row, matches(rule, events.get(row)));
      }
      rows.add(set);
    }
    return rows;
  }

  private static boolean matches(int rule, Event event) {
    return switch (rule) {
      case 0 -> event.names.stream().anyMatch(n -> n.startsWith("a") || n.equals("bob"));
      case 1 ->
          event.ports.stream().anyMatch(p -> p >= 100)
              && event.ports.stream().anyMatch(p -> p < 200);
      case 2 ->
          event.addresses.stream().anyMatch(a -> a.startsWith("10.")) && !event.names.contains("bob");
      case 3 -> event.scores.stream().anyMatch(s -> s > 1.5);
      case 4 ->
          event.flags.contains(true)
              || event.notes.stream().anyMatch(n -> n.toLowerCase().matches(".*quick,? fox.*"));
      case 5 -> event.times.stream().anyMatch(t -> t >= Rules.MAY) && !event.names.isEmpty();
      default -> throw new IllegalArgumentException("rule " + rule);
    };
  }

  /** The sorted dictionary of a coded column, as a search index has it. */
  List<byte[]> dictionary(Column column) {
    return sortedTexts(column).stream().map(text -> valueBytes(column, text)).toList();
  }

  private synchronized List<String> sortedTexts(Column column) {
    return sortedTexts.computeIfAbsent(
        column.name(),
        name -> {
          TreeSet<String> texts = new TreeSet<>();
          events.forEach(event -> texts.addAll(texts(column, event)));
          return List.copyOf(texts);
        });
  }

  /** Values of a coded column. */
  private static List<String> texts(Column column, Event event) {
    return switch (column.name()) {
      case "name" -> event.names;
      case "note" -> event.notes;
      case "ip" -> event.addresses;
      default -> throw new IllegalArgumentException(column.name());
    };
  }

  private static byte[] valueBytes(Column column, String text) {
    if (!column.name().equals("ip")) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    byte[] address = new byte[16];
    address[10] = (byte) 0xFF;
    address[11] = (byte) 0xFF;
    String[] parts = text.split("\\.");
    for (int i = 0; i < parts.length; i++) {
      address[12 + i] = (byte) Integer.parseInt(parts[i]);
    }
    return address;
  }

  FieldAnswers answers(MatchEngine engine, int field) {
    Column column = engine.description().columns().get(field);
    try (FieldAnswers.Builder builder = new FieldAnswers.Builder(engine, field, new FieldAnswers.Chunk())) {
      for (byte[] value : dictionary(column)) {
        builder.add(value, 0, value.length);
      }
      return builder.build();
    }
  }

  /** Codes of a row's values. */
  List<Integer> codes(Column column, int row) {
    List<String> sorted = sortedTexts(column);
    return texts(column, events.get(row)).stream().map(sorted::indexOf).toList();
  }

  /** Adds a column with the values of some rows. */
  void addColumn(
      BlockBuffer block, RulesetDescription description, int field, FieldAnswers answers, BitSet rows) {
    Column column = description.columns().get(field);
    block.beginColumn(field, column.kind(), answers);
    for (int row = rows.nextSetBit(0); row >= 0 && row < size(); row = rows.nextSetBit(row + 1)) {
      Event event = events.get(row);
      int at = row;
      switch (column.name()) {
        case "port" -> event.ports.forEach(value -> block.addInteger(at, value));
        case "at" -> event.times.forEach(value -> block.addInteger(at, value));
        case "on" -> event.flags.forEach(value -> block.addInteger(at, value ? 1 : 0));
        case "score" -> event.scores.forEach(value -> block.addFloat(at, value));
        default -> codes(column, at).forEach(code -> block.addCode(at, code));
      }
    }
    block.endColumn();
  }

  BitSet all() {
    BitSet rows = new BitSet();
    rows.set(0, size());
    return rows;
  }
}
