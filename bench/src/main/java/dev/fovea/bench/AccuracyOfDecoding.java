package dev.fovea.bench;

import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Prediction;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Counts the answers that change when pictures are shrunk while they are decoded ({@link
 * Decoding#FAST}): test images are enlarged, encoded as JPEG, and classified in both ways.
 */
@Command(
    name = "decoding-accuracy",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Enlarges test images, encodes them as JPEG, classifies them decoded exactly and shrunk"
            + " while they are decoded, and prints both accuracies and the share of answers that"
            + " differ.")
public final class AccuracyOfDecoding implements Callable<Integer> {
  private static final int TOGETHER = 256;

  @Parameters(arity = "1..*", paramLabel = "MODEL", description = "Model files.")
  private List<Path> models = List.of();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATA",
      description = "the images, a folder or an archive whose test part is taken")
  private Path data = Path.of("");

  @Option(
      names = "--split",
      paramLabel = "train|val|test|all",
      defaultValue = "test",
      description = "which part of the images (default ${DEFAULT-VALUE})")
  private String split = "test";

  @Option(
      names = "--enlarge",
      paramLabel = "N",
      defaultValue = "16",
      description = "how many times as long the sides become (default ${DEFAULT-VALUE})")
  private int enlarge;

  @Option(
      names = "--quality",
      paramLabel = "Q",
      defaultValue = "90",
      description = "quality of the JPEG files, 1 to 100 (default ${DEFAULT-VALUE})")
  private int quality;

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "10000",
      description = "at most this many images, the first ones (default ${DEFAULT-VALUE})")
  private int images;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "threads of the engine (default ${DEFAULT-VALUE})")
  private int threads;

  /** Exit code: 0 for success, 1 for failure, 2 for wrong usage. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new AccuracyOfDecoding()).execute(args));
  }

  @Override
  public Integer call() {
    Split part = Split.valueOf(split.toUpperCase(Locale.ROOT));
    List<Contestant> all = new ArrayList<>();
    try (Dataset set = Datasets.open(data, part, DatasetOptions.STANDARD.withThreads(threads))) {
      for (Path model : models) {
        all.add(Contestant.open(model, threads));
      }
      int count = Math.min(images, set.size());
      for (int from = 0; from < count; from += TOGETHER) {
        int first = from;
        List<byte[]> files =
            IntStream.range(first, Math.min(count, first + TOGETHER))
                .parallel()
                .mapToObj(i -> jpeg(set.image(i)))
                .toList();
        for (Contestant c : all) {
          c.classify(set, first, files);
        }
      }
      all.forEach(c -> c.print(count));
    } finally {
      all.forEach(Contestant::close);
    }
    return 0;
  }

  /** A network that sees every picture in both ways. */
  private static final class Contestant implements AutoCloseable {
    private final Path model;
    private final CompiledModel exact;
    private final CompiledModel fast;
    private final Map<Integer, Integer> factors = new TreeMap<>();
    private int exactRight;
    private int fastRight;
    private int changed;

    private Contestant(Path model, CompiledModel exact, CompiledModel fast) {
      this.model = model;
      this.exact = exact;
      this.fast = fast;
    }

    static Contestant open(Path model, int threads) {
      OneDnnBackend backend = new OneDnnBackend();
      CompileOptions options =
          new CompileOptions(64, Precision.F32, CompileOptions.Memory.NORMAL, threads);
      CompiledModel exact =
          CompiledModel.open(model, Optional.of(Decoding.EXACT), backend, graph -> options);
      return new Contestant(
          model,
          exact,
          CompiledModel.open(model, Optional.of(Decoding.FAST), backend, graph -> options));
    }

    void classify(Dataset set, int first, List<byte[]> files) {
      List<Prediction> one = exact.predict(pictures(files));
      List<Prediction> other = fast.predict(pictures(files));
      for (int i = 0; i < files.size(); i++) {
        int label = set.label(first + i);
        int a = one.get(i).top(1).get(0).index();
        int b = other.get(i).top(1).get(0).index();
        exactRight += a == label ? 1 : 0;
        fastRight += b == label ? 1 : 0;
        changed += a == b ? 0 : 1;
      }
      pictures(files).forEach(p -> factors.merge(factor(p), 1, Integer::sum));
    }

    private int factor(Picture picture) {
      Preprocessing p = fast.card().preprocessing();
      Resize.Box size = Resize.shorterSideSize(picture, p.resizeShorter());
      return Resize.shrink(
          picture, Resize.Box.of(picture), size.width(), size.height(), p.interpolation());
    }

    void print(int count) {
      System.out.printf(
          Locale.ROOT,
          "%s (%s): %d pictures, factors %s; exact %.2f %%, fast %.2f %% right; answers changed:"
              + " %d, %.3f %%%n",
          model.getFileName(),
          fast.card().network(),
          count,
          factors,
          100.0 * exactRight / count,
          100.0 * fastRight / count,
          changed,
          100.0 * changed / count);
    }

    @Override
    public void close() {
      fast.close();
      exact.close();
    }
  }

  private static List<Picture> pictures(List<byte[]> files) {
    return files.stream()
        .map(f -> ImageDecoder.open(f, "an enlarged test image", DecodeLimits.STANDARD))
        .toList();
  }

  private byte[] jpeg(Image image) {
    Image large =
        Resize.to(image, image.width() * enlarge, image.height() * enlarge, Interpolation.BICUBIC);
    BufferedImage pixels =
        new BufferedImage(large.width(), large.height(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < large.height(); y++) {
      for (int x = 0; x < large.width(); x++) {
        pixels.setRGB(x, y, large.pixel(x, y));
      }
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(quality / 100f);
      writer.setOutput(out);
      writer.write(null, new IIOImage(pixels, null, null), param);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
