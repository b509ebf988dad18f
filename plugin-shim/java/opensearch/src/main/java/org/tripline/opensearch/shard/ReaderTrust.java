package org.tripline.opensearch.shard;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import org.apache.logging.log4j.LogManager;
import org.apache.lucene.index.FilterCodecReader;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SegmentReader;

/**
 * Whether a search sees a segment's values as they are. A search reads a segment through wrappers,
 * and all of them pass on the key of the core below them, also those that hide or mask fields for
 * one user. So a core's key alone does not say that two searches see the same: what is kept by core
 * may be filled and used only by searches for which {@link #showsAllValues} holds. The others ask
 * the field types' own queries through the wrapper, for themselves alone.
 *
 * <p>Known, from the inside out: Lucene's segment; its wrapper for documents that were deleted
 * softly; the server's that knows the shard, that makes all documents live, that derives the
 * source; the security plugin's; the server's that can be cancelled. What hides documents only is
 * harmless, as answers are about values, and searches say which documents they want. The security
 * plugin wraps every search, also of those who may see everything: it is asked for its rules. A
 * wrapper of any other name, or a version of the security plugin without those rules, is not
 * trusted.
 */
final class ReaderTrust {
  private static final Set<String> HARMLESS =
      Set.of(
          "org.apache.lucene.index.SoftDeletesDirectoryReaderWrapper$SoftDeletesFilterLeafReader",
          "org.apache.lucene.index.SoftDeletesDirectoryReaderWrapper$SoftDeletesFilterCodecReader",
          "org.opensearch.common.lucene.Lucene$DirectoryReaderWithAllLiveDocs$LeafReaderWithLiveDocs",
          "org.opensearch.common.lucene.index.DerivedSourceLeafReader",
          "org.opensearch.common.lucene.index.OpenSearchLeafReader",
          Readers.INTERRUPTIBLE);

  private static final String SECURITY =
      "org.opensearch.security.configuration.DlsFlsFilterLeafReader";

  /** Of the security plugin's wrapper: which fields are shown, and which are masked. */
  private static final List<String> SECURITY_RULES = List.of("flsRule", "fmRule");

  private static final ClassValue<List<MethodHandle>> SECURITY_QUESTIONS =
      new ClassValue<>() {
        @Override
        protected List<MethodHandle> computeValue(Class<?> type) {
          return questionsOf(type);
        }
      };

  private ReaderTrust() {}

  /** True if the values read here are those of the segment's core, none hidden or changed. */
  static boolean showsAllValues(LeafReader reader) {
    LeafReader shown = reader;
    while (!(shown instanceof SegmentReader)) {
      String name = shown.getClass().getName();
      if (!HARMLESS.contains(name) && !(name.equals(SECURITY) && isUnrestricted(shown))) {
        return false;
      }
      if (shown instanceof FilterLeafReader filter) {
        shown = filter.getDelegate();
      } else if (shown instanceof FilterCodecReader filter) {
        shown = filter.getDelegate();
      } else {
        return false;
      }
    }
    return true;
  }

  private static boolean isUnrestricted(LeafReader security) {
    List<MethodHandle> questions = SECURITY_QUESTIONS.get(security.getClass());
    try {
      for (MethodHandle allowsAll : questions) {
        if (!(boolean) allowsAll.invokeExact((Object) security)) {
          return false;
        }
      }
      return !questions.isEmpty();
    } catch (Throwable e) { // what the security plugin cannot say is not allowed
      return false;
    }
  }

  // The rules are private to the other plugin, but nothing that is public tells masked fields.
  private static List<MethodHandle> questionsOf(Class<?> type) {
    try {
      return List.of(questionOf(type, SECURITY_RULES.get(0)), questionOf(type, SECURITY_RULES.get(1)));
    } catch (ReflectiveOperationException | RuntimeException e) {
      LogManager.getLogger(ReaderTrust.class)
          .warn(
              "This version of the security plugin is not known: every search through it is"
                  + " answered by the fields' own queries, which is right but slow",
              e);
      return List.of();
    }
  }

  // reader -> reader.rule.isAllowAll()
  private static MethodHandle questionOf(Class<?> type, String rule)
      throws ReflectiveOperationException {
    Field field = type.getDeclaredField(rule);
    field.setAccessible(true);
    Method allowsAll = field.getType().getMethod("isAllowAll");
    allowsAll.setAccessible(true);
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    return MethodHandles.filterReturnValue(
            lookup.unreflectGetter(field), lookup.unreflect(allowsAll))
        .asType(MethodType.methodType(boolean.class, Object.class));
  }
}
