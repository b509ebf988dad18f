package org.tripline.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.tripline.engine.RulesetDescription.Atom;
import org.tripline.engine.RulesetDescription.Candidates;
import org.tripline.engine.RulesetDescription.Column;
import org.tripline.engine.RulesetDescription.ColumnKind;
import org.tripline.engine.RulesetDescription.Detector;
import org.tripline.engine.RulesetDescription.Job;
import org.tripline.engine.RulesetDescription.Leaf;
import org.tripline.engine.RulesetDescription.Node;
import org.tripline.engine.RulesetDescription.NumberForm;
import org.tripline.engine.RulesetDescription.Rule;

/** Reads what plugin-shim/native/description.h writes. */
final class DescriptionReader {
  private static final int ADDRESS_BYTES = 16;

  private final ByteBuffer bytes;

  private DescriptionReader(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  static RulesetDescription read(byte[] bytes) {
    return new DescriptionReader(bytes).description();
  }

  private RulesetDescription description() {
    String contentHash = text();
    int numProgramFields = bytes.getInt();
    int numOutputs = bytes.getInt();
    List<Column> columns = list(this::column);
    List<Leaf> leaves = list(this::leaf);
    List<Rule> rules = list(this::rule);
    List<Job> jobs = list(this::job);
    return new RulesetDescription(
        contentHash, columns, numProgramFields, leaves, rules, jobs, numOutputs);
  }

  private Column column() {
    String name = text();
    String source = text();
    ColumnKind kind = ColumnKind.values()[bytes.get()];
    boolean isPattern = flag();
    boolean lowercases = flag();
    NumberForm form = NumberForm.values()[bytes.get()];
    return new Column(
        name, source, kind, isPattern, lowercases, bytes.getInt(), form, bytes.getDouble());
  }

  private Leaf leaf() {
    return new Leaf(bytes.getInt(), list(this::atom));
  }

  private Node node() {
    Node.Op op = Node.Op.values()[bytes.get()];
    int leaf = bytes.getInt();
    return new Node(op, leaf, list(bytes::getInt));
  }

  private Atom relativeDates() {
    int flags = bytes.get();
    String low = text();
    String high = text();
    return new Atom.RelativeDates(
        (flags & 1) != 0 ? low : null,
        (flags & 2) != 0 ? high : null,
        (flags & 4) != 0,
        (flags & 8) != 0);
  }

  private Atom atom() {
    int tag = bytes.get();
    return switch (tag) {
      case 0 -> new Atom.Exists();
      case 1 -> new Atom.Term(text());
      case 2 -> glob();
      case 3 -> stringRange();
      case 4 -> new Atom.AddressPrefix(address(), bytes.getInt());
      case 5 -> new Atom.AddressRange(address(), address());
      case 6 -> new Atom.IntegerRange(bytes.getLong(), bytes.getLong());
      case 7 -> new Atom.FloatRange(bytes.getDouble(), bytes.getDouble(), flag(), flag());
      case 8 -> new Atom.AnyToken(list(this::text));
      case 9 -> new Atom.Phrase(list(this::text));
      case 10 -> new Atom.TokenGlob(glob());
      case 11 -> new Atom.TokenRange(stringRange());
      case 12 -> relativeDates();
      case 13 ->
          new Atom.ObjectMatch(list(this::column), list(this::leaf), list(this::node), bytes.getInt());
      case 14 -> new Atom.ValueList();
      default -> throw new IllegalStateException("a description has an atom of kind " + tag);
    };
  }

  private Atom.Glob glob() {
    boolean ignoresCase = flag();
    boolean hasQuestion = flag();
    return new Atom.Glob(list(this::text), ignoresCase, hasQuestion);
  }

  private Atom.StringRange stringRange() {
    int flags = bytes.get();
    String low = text();
    String high = text();
    return new Atom.StringRange(
        (flags & 1) != 0 ? low : null,
        (flags & 2) != 0 ? high : null,
        (flags & 4) != 0,
        (flags & 8) != 0,
        (flags & 16) != 0);
  }

  private Rule rule() {
    return new Rule(
        text(),
        text(),
        text(),
        list(this::text),
        bytes.getInt(),
        bytes.getLong(),
        bytes.getLong(),
        bytes.getLong(),
        bytes.getLong(),
        (int) Math.min(Integer.toUnsignedLong(bytes.getInt()), Integer.MAX_VALUE),
        text(),
        flag(),
        list(this::text),
        list(this::text),
        list(bytes::getInt));
  }

  private Job job() {
    return new Job(
        text(),
        list(this::text),
        bytes.getInt(),
        bytes.getLong(),
        text(),
        text(),
        list(this::text),
        list(this::detector),
        list(this::text),
        list(bytes::getInt));
  }

  private Detector detector() {
    return new Detector(text(), text(), text(), Candidates.values()[bytes.get()]);
  }

  private boolean flag() {
    return bytes.get() != 0;
  }

  private byte[] address() {
    byte[] address = new byte[ADDRESS_BYTES];
    bytes.get(address);
    return address;
  }

  private String text() {
    byte[] text = new byte[bytes.getInt()];
    bytes.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private <T> List<T> list(Supplier<T> element) {
    int size = bytes.getInt();
    List<T> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(element.get());
    }
    return List.copyOf(list);
  }
}
