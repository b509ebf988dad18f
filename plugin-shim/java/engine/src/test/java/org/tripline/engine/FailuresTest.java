package org.tripline.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.tripline.engine.NativeLibrary.Failure;
import org.tripline.engine.RulesetDescription.ColumnKind;
import org.tripline.engine.SegmentPlan.Knowledge;
import org.tripline.engine.TriplineException.Code;

/** Whatever goes wrong in native code is a Java exception, and the JVM lives on. */
class FailuresTest {
  @BeforeAll
  static void load() {
    Rules.loadLibrary();
  }

  private static TriplineException assertFails(Code code, Executable call) {
    TriplineException e = assertThrows(TriplineException.class, call);
    assertEquals(code, e.code(), e.getMessage());
    assertTrue(e.getMessage().length() > 5, "an exception says what is wrong");
    return e;
  }

  private static void assertEngineWorks() {
    try (Ruleset ruleset = Rules.compile(List.of("name : a"));
        MatchEngine engine = new MatchEngine(ruleset);
        Matcher matcher = new Matcher(engine)) {
      BlockBuffer block = new BlockBuffer();
      block.begin(1);
      assertEquals(0, matcher.match(block, 1).size());
    }
  }

  @Test
  void aMissingLibraryIsSaidWithItsPath(@TempDir Path folder) throws Exception {
    Path noLibrary = Files.writeString(Files.createDirectory(folder.resolve("b")).resolve(
            NativeLibrary.FILE_NAME), "this is no library").getParent();
    URL classes = NativeLibrary.class.getProtectionDomain().getCodeSource().getLocation();
    // A class loader of its own, in which nothing is loaded yet.
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
      var load = loader.loadClass(NativeLibrary.class.getName()).getMethod("load", Path.class);
      for (Path wrong : List.of(folder, noLibrary)) {
        Throwable cause =
            assertThrows(ReflectiveOperationException.class, () -> load.invoke(null, wrong))
                .getCause();
        assertEquals(TriplineException.class.getName(), cause.getClass().getName());
        assertTrue(cause.getMessage().contains(wrong.toString()), cause.getMessage());
      }
    }
  }

  @Test
  void loadingTwiceIsHarmless() {
    NativeLibrary.load(Path.of("nowhere"));

    assertEngineWorks();
  }

  @Test
  void aCppExceptionIsAnIllegalState() {
    var e =
        assertThrows(
            IllegalStateException.class,
            () -> NativeLibrary.failOnPurpose(Failure.NATIVE_EXCEPTION));
    assertEquals("thrown on purpose", e.getMessage());
    assertEngineWorks();
  }

  @Test
  void noNativeMemoryIsALimitAndNoErrorThatEndsTheHost() {
    TriplineException e =
        assertThrows(
            TriplineException.class, () -> NativeLibrary.failOnPurpose(Failure.NO_MEMORY));
    assertEquals(TriplineException.Code.LIMIT, e.code());
    assertTrue(e.getMessage().contains("native memory"), e.getMessage());
    assertEngineWorks();
  }

  @Test
  void anErrorHasItsCodeAndItsMessage() {
    TriplineException e =
        assertFails(Code.UNAVAILABLE, () -> NativeLibrary.failOnPurpose(Failure.ERROR));
    assertEquals("failed on purpose", e.getMessage());
    assertEngineWorks();
  }

  @Test
  void aFatalErrorOfTheCodeGeneratorIsAnErrorOfOneCall() {
    for (int i = 0; i < 5; i++) {
      assertFails(Code.UNAVAILABLE, () -> NativeLibrary.failOnPurpose(Failure.CODE_GENERATOR));
    }
    assertEngineWorks();
    try (Ruleset ruleset = Rules.compile();
        MatchEngine engine = new MatchEngine(ruleset)) {
      engine.addMachineCode();
    }
  }

  @Test
  void rulesWithMistakesComeBackAsDiagnostics() {
    byte[] documents = Rules.documents(List.of("name : a", "name : (b"));

    InvalidRulesetException e =
        assertThrows(
            InvalidRulesetException.class,
            () -> Ruleset.compile("rules.json", documents, Rules.MAPPING));

    assertEquals(Code.INVALID, e.code());
    assertTrue(e.diagnostics().startsWith("[{"), e.diagnostics());
    assertTrue(e.diagnostics().contains("\"code\":\"kql.syntax\""), e.diagnostics());
    assertTrue(e.diagnostics().contains("\"line\":2"), e.diagnostics());
    assertTrue(e.diagnostics().contains("\"file\":\"rules.json\""), e.diagnostics());
  }

  @Test
  void aMappingThatIsNoneIsInvalid() {
    byte[] documents = Rules.documents(List.of("name : a"));

    assertFails(
        Code.INVALID, () -> Ruleset.compile("rules.json", documents, Rules.bytes("{\"x\": ")));
  }

  @Test
  void messagesQuoteTextThatIsNoUtf8() {
    byte[] name = {(byte) 0xFF, (byte) 0xC3, '(', '"'};
    byte[] documents = Rules.documents(List.of("name : a"));
    documents[documents.length - 4] = (byte) 0xFF;

    assertThrows(
        TriplineException.class, () -> Ruleset.compile("r.json", documents, name));
  }

  @Test
  void aDamagedFileIsInvalid() {
    try (Ruleset ruleset = Rules.compile()) {
      byte[] file = ruleset.save();
      file[file.length / 2] ^= 4;
      assertTrue(Ruleset.isRulesetFile(file));
      assertFails(Code.INVALID, () -> Ruleset.load(file));
    }
    assertFails(Code.INVALID, () -> Ruleset.load(new byte[0]));
  }

  @Test
  void closedObjectsSaySo() {
    Ruleset ruleset = Rules.compile();
    MatchEngine engine = new MatchEngine(ruleset);
    Matcher matcher = new Matcher(engine);
    FieldAnswers answers = new Events(1, 5).answers(engine, 0);
    SegmentPlan plan = new SegmentPlan(engine, unknown(engine));
    BlockBuffer block = new BlockBuffer();
    block.begin(1);
    for (NativeObject object : List.of(ruleset, engine, matcher, answers, plan)) {
      object.close();
      object.close();
    }

    assertTrue(assertFails(Code.USAGE, ruleset::save).getMessage().contains("Ruleset is closed"));
    assertFails(Code.USAGE, () -> new MatchEngine(ruleset));
    assertFails(Code.USAGE, engine::addMachineCode);
    assertFails(Code.USAGE, () -> new Matcher(engine));
    assertFails(Code.USAGE, () -> new FieldAnswers.Builder(engine, 0, new FieldAnswers.Chunk()));
    assertFails(Code.USAGE, () -> new SegmentPlan(engine, new Knowledge[0]));
    assertFails(Code.USAGE, () -> matcher.match(block, 1));
    assertFails(Code.USAGE, () -> matcher.findRows(plan, block, 1));
    assertFails(Code.USAGE, () -> answers.valuesOfLeaves(1, 1));
    assertFails(Code.USAGE, () -> block.beginColumn(0, ColumnKind.STRING, answers));
  }

  @Test
  void objectsLiveOnWhenWhatTheyWereMadeOfIsClosed() {
    Events events = new Events(1, 50);
    Ruleset ruleset = Rules.compile(List.of("name : a*"));
    MatchEngine engine = new MatchEngine(ruleset);
    try (FieldAnswers answers = events.answers(engine, 0);
        Matcher matcher = new Matcher(engine)) {
      engine.close();
      ruleset.close();
      BlockBuffer block = new BlockBuffer();
      block.begin(events.size());
      events.addColumn(block, engine.description(), 0, answers, events.all());

      assertEquals(1, matcher.match(block, events.size()).size());
    }
  }

  private static Knowledge[] unknown(MatchEngine engine) {
    return engine.description().leaves().stream()
        .map(leaf -> Knowledge.UNKNOWN)
        .toArray(Knowledge[]::new);
  }

  @Test
  void wrongBlocksAreRefused() {
    Events events = new Events(1, 50);
    try (Ruleset ruleset = Rules.compile(List.of("name : a* and note : fox and port : 1"));
        Ruleset other = Rules.compile();
        MatchEngine engine = new MatchEngine(ruleset);
        MatchEngine otherEngine = new MatchEngine(other);
        FieldAnswers answers = events.answers(engine, 0);
        FieldAnswers foreign = events.answers(otherEngine, 0);
        Matcher matcher = new Matcher(engine)) {
      BlockBuffer block = new BlockBuffer();
      ColumnKind kind = engine.description().columns().get(0).kind();

      block.begin(BlockBuffer.MAX_ROWS + 1);
      assertFails(Code.LIMIT, () -> matcher.match(block, 1));

      block.begin(2);
      column(block, 2, ColumnKind.INTEGER, null);
      column(block, 0, kind, answers);
      assertTrue(
          assertFails(Code.INVALID, () -> matcher.match(block, 2)).getMessage().contains("rising"));

      block.begin(2);
      column(block, 0, ColumnKind.FLOAT, null);
      assertFails(Code.INVALID, () -> matcher.match(block, 2));

      block.begin(2);
      column(block, 1, engine.description().columns().get(1).kind(), answers);
      assertFails(Code.INVALID, () -> matcher.match(block, 2));

      block.begin(2);
      column(block, 0, kind, foreign);
      assertFails(Code.USAGE, () -> matcher.match(block, 2));

      block.begin(2);
      block.beginColumn(0, kind, answers);
      block.addCode(1, 0);
      block.addCode(0, 0);
      block.endColumn();
      assertFails(Code.INVALID, () -> matcher.match(block, 2));

      block.begin(2);
      block.beginColumn(0, kind, answers);
      block.addCode(0, 1_000_000);
      block.endColumn();
      assertFails(Code.INVALID, () -> matcher.match(block, 2));

      block.begin(2);
      block.addLeaf(99, new long[BlockBuffer.wordsFor(2)], 0);
      assertFails(Code.INVALID, () -> matcher.match(block, 2));

      block.begin(2);
      column(block, 0, kind, answers);
      assertEquals(0, matcher.match(block, 2).size(), "a right one afterwards is taken");
    }
  }

  private static void column(
      BlockBuffer block, int field, ColumnKind kind, FieldAnswers answers) {
    block.beginColumn(field, kind, answers);
    if (kind == ColumnKind.INTEGER) {
      block.addInteger(0, 1);
    } else if (kind == ColumnKind.FLOAT) {
      block.addFloat(0, Double.NaN);
      block.addFloat(0, 1);
    } else {
      block.addCode(0, 0);
    }
    block.endColumn();
  }

  @Test
  void wrongPlansAndFieldsAreRefused() {
    try (Ruleset ruleset = Rules.compile();
        MatchEngine engine = new MatchEngine(ruleset);
        MatchEngine other = new MatchEngine(ruleset);
        Matcher matcher = new Matcher(engine);
        SegmentPlan foreign = new SegmentPlan(other, unknown(other))) {
      BlockBuffer block = new BlockBuffer();
      block.begin(1);
      assertFails(Code.USAGE, () -> new SegmentPlan(engine, new Knowledge[0]));
      assertFails(Code.USAGE, () -> new FieldAnswers.Builder(engine, 1000, new FieldAnswers.Chunk()));
      assertFails(Code.USAGE, () -> new FieldAnswers.Builder(engine, -1, new FieldAnswers.Chunk()));
      assertFails(Code.USAGE, () -> matcher.findRows(foreign, block, 1));
    }
  }

  @Test
  void aBuilderThatIsNotBuiltIsDropped() {
    try (Ruleset ruleset = Rules.compile();
        MatchEngine engine = new MatchEngine(ruleset)) {
      try (FieldAnswers.Builder builder = new FieldAnswers.Builder(engine, 0, new FieldAnswers.Chunk())) {
        builder.add(new byte[] {'a'}, 0, 1);
        assertEquals(1, NativeLibrary.counts().answers());
      }
      assertEquals(0, NativeLibrary.counts().answers());
    }
  }

  @Test
  void nativeMethodsTakeNoWrongArguments() {
    try (Ruleset ruleset = Rules.compile();
        MatchEngine engine = new MatchEngine(ruleset);
        Matcher matcher = new Matcher(engine)) {
      ByteBuffer direct = ByteBuffer.allocateDirect(64);
      ByteBuffer heap = ByteBuffer.allocate(64);
      long handle = matcher.handle();
      assertFails(Code.USAGE, () -> Native.match(handle, heap, 64, direct));
      assertFails(Code.USAGE, () -> Native.match(handle, direct, 64, heap));
      assertFails(Code.USAGE, () -> Native.match(handle, null, 64, direct));
      assertFails(Code.USAGE, () -> Native.match(handle, direct, 65, direct));
      assertFails(Code.INVALID, () -> Native.match(handle, direct, 64, direct));
      assertFails(Code.INVALID, () -> Native.match(handle, direct, -1, direct));
      assertFails(Code.USAGE, () -> Native.loadRuleset(null, new byte[0]));
      assertFails(Code.USAGE, () -> Native.compileRuleset(null, new byte[0], null));
      assertFails(Code.USAGE, () -> Native.openPlan(engine.handle(), null, new byte[0]));
      BlockBuffer block = new BlockBuffer();
      block.begin(1);
      ByteBuffer bytes = block.encode();
      ByteBuffer small = ByteBuffer.allocateDirect(4);
      assertTrue(
          assertFails(Code.LIMIT, () -> Native.match(handle, bytes, bytes.limit(), small))
              .getMessage()
              .contains("the buffer has 4"));
      for (long forged : new long[] {0, -1, 1, handle + 1, handle ^ 1L << 40, engine.handle()}) {
        assertFails(Code.USAGE, () -> Native.match(forged, bytes, bytes.limit(), direct));
        assertFails(Code.USAGE, () -> Native.closeMatcher(forged));
      }
    }
  }

  @Test
  void textThatTheTomlLibraryDoesNotExpectIsAMistakeOfTheRule() {
    for (String text : List.of("[+", "a=[}", "a=2020-01-01T:0", "[rule]\n[[+]]")) {
      assertThrows(
          InvalidRulesetException.class,
          () -> Ruleset.compile("rule.toml", Rules.bytes(text), null),
          text);
    }
  }

  @Test
  void garbageNeverEndsTheJvm() {
    Random random = new Random(7);
    byte[] valid = Rules.documents(Rules.QUERIES);
    String[] names = {"rules.json", "rule.toml", "rules.ndjson", "rules"};
    for (int i = 0; i < 1000; i++) {
      byte[] bytes = i % 2 == 0 ? new byte[random.nextInt(300)] : valid.clone();
      if (i % 2 == 0) {
        random.nextBytes(bytes);
      } else {
        for (int left = 1 + random.nextInt(3); left > 0; left--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
      }
      byte[] mapping = i % 10 == 9 ? bytes : null;
      String name = names[i % names.length];
      try (Ruleset ruleset = Ruleset.compile(name, bytes, mapping)) {
        assertTrue(ruleset.diagnostics().startsWith("["));
      } catch (TriplineException e) {
        assertInstanceOf(Code.class, e.code());
      }
    }
    assertEngineWorks();
  }

  @Test
  void garbageFilesNeverEndTheJvm() {
    Random random = new Random(8);
    byte[] valid;
    try (Ruleset ruleset = Rules.compile()) {
      valid = ruleset.save();
    }
    for (int i = 0; i < 1000; i++) {
      byte[] bytes = valid.clone();
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      assertThrows(TriplineException.class, () -> Ruleset.load(bytes));
    }
  }
}
