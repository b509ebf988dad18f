import com.amazon.randomcutforest.RandomCutForest;
import java.io.DataOutputStream;
import java.io.BufferedOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Scores every bucket of a panel with one forest per series: log1p of the count, a shingle of 8; prints the seconds. */
public final class RcfRunner {
  private RcfRunner() {}

  public static void main(String[] args) throws Exception {
    ByteBuffer panel = ByteBuffer.wrap(Files.readAllBytes(Path.of(args[0]))).order(ByteOrder.LITTLE_ENDIAN);
    int numSeries = panel.getInt();
    int numBuckets = panel.getInt();
    long nanos = 0;
    try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(Path.of(args[1]))))) {
      for (int series = 0; series < numSeries; series++) {
        RandomCutForest forest = RandomCutForest.builder().dimensions(8).shingleSize(8).internalShinglingEnabled(true)
            .numberOfTrees(50).sampleSize(256).randomSeed(series + 1).build();
        for (int bucket = 0; bucket < numBuckets; bucket++) {
          double[] point = {Math.log1p(panel.getFloat())};
          long start = System.nanoTime();
          double score = forest.getAnomalyScore(point);
          forest.update(point);
          nanos += System.nanoTime() - start;
          out.writeFloat((float) score);
        }
      }
    }
    System.out.println(nanos / 1e9);
  }
}
