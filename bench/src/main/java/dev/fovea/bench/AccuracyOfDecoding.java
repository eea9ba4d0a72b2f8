package dev.fovea.bench;

import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.encode.ChromaSampling;
import dev.fovea.data.encode.JpegEncoder;
import dev.fovea.data.image.BlockScale;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Counts the answers that change when pictures are decoded at a smaller scale ({@link
 * Decoding#FAST}): test images are enlarged, encoded as JPEG, and classified in both ways. For
 * comparison it counts the answers that change between ways that are equally exact: resized along
 * columns first, and encoded with another quality.
 */
@Command(
    name = "decoding-accuracy",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Enlarges test images, encodes them as JPEG, classifies them decoded exactly and at a"
            + " smaller scale, and prints both accuracies and the share of answers that differ;"
            + " beside it the same for two ways that are equally exact: resized along columns"
            + " first, and encoded with another quality.")
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
      names = "--other-quality",
      paramLabel = "Q",
      defaultValue = "95",
      description = "the quality that is compared with it (default ${DEFAULT-VALUE})")
  private int otherQuality;

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
        List<byte[]> files = files(set, first, count, quality);
        List<byte[]> others = files(set, first, count, otherQuality);
        for (Contestant c : all) {
          c.classify(set, first, files, others);
        }
      }
      all.forEach(c -> c.print(count));
    } finally {
      all.forEach(Contestant::close);
    }
    return 0;
  }

  private List<byte[]> files(Dataset set, int first, int count, int jpegQuality) {
    return IntStream.range(first, Math.min(count, first + TOGETHER))
        .parallel()
        .mapToObj(i -> jpeg(set.image(i), jpegQuality))
        .toList();
  }

  /** Answers of a way to make the network's input, compared with those of exact decoding. */
  private static final class Answers {
    private final String name;
    private int right;
    private int changed;

    Answers(String name) {
      this.name = name;
    }

    void add(int label, Prediction exact, Prediction other) {
      int answer = answer(other);
      right += answer == label ? 1 : 0;
      changed += answer == answer(exact) ? 0 : 1;
    }

    private static int answer(Prediction prediction) {
      return prediction.top(1).get(0).index();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** A network that sees every picture in all ways. */
  private static final class Contestant implements AutoCloseable {
    private final Path model;
    private final CompiledModel exact;
    private final CompiledModel fast;
    private final Map<Integer, Integer> samples = new TreeMap<>();
    private final Answers exactly = new Answers("exact");
    private final Answers smaller = new Answers("fast");
    private final Answers columnsFirst = new Answers("exact, columns first");
    private final Answers encoded = new Answers("exact, other quality");

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

    void classify(Dataset set, int first, List<byte[]> files, List<byte[]> others) {
      List<Prediction> one = exact.predict(pictures(files));
      List<Prediction> shrunk = fast.predict(pictures(files));
      List<Prediction> turned =
          exact.predict(pictures(files).stream().map(this::columnsFirst).toList());
      List<Prediction> other = exact.predict(pictures(others));
      for (int i = 0; i < files.size(); i++) {
        int label = set.label(first + i);
        exactly.add(label, one.get(i), one.get(i));
        smaller.add(label, one.get(i), shrunk.get(i));
        columnsFirst.add(label, one.get(i), turned.get(i));
        encoded.add(label, one.get(i), other.get(i));
      }
      pictures(files).forEach(p -> samples.merge(samples(p), 1, Integer::sum));
    }

    /** The picture resized as the model wants it, but along columns first. */
    private Picture columnsFirst(Picture picture) {
      Preprocessing p = exact.card().preprocessing();
      Image turned = transposed(picture.whole());
      return transposed(Resize.shorterSide(turned, p.resizeShorter(), p.interpolation()));
    }

    private static Image transposed(Image in) {
      Image out = Image.black(in.height(), in.width());
      for (int y = 0; y < in.height(); y++) {
        for (int x = 0; x < in.width(); x++) {
          System.arraycopy(
              in.rgb(), (y * in.width() + x) * 3, out.rgb(), (x * in.height() + y) * 3, 3);
        }
      }
      return out;
    }

    private int samples(Picture picture) {
      Preprocessing p = fast.card().preprocessing();
      Resize.Box size = Resize.shorterSideSize(picture, p.resizeShorter());
      return Resize.scale(
              picture, Resize.Box.of(picture), size.width(), size.height(), p.interpolation())
          .map(s -> s.across().samples())
          .orElse(BlockScale.BLOCK);
    }

    void print(int count) {
      System.out.printf(
          Locale.ROOT,
          "%s (%s): %d pictures, samples of a block in fast decoding: %s%n",
          model.getFileName(),
          fast.card().network(),
          count,
          samples);
      for (Answers a : List.of(exactly, smaller, columnsFirst, encoded)) {
        System.out.printf(
            Locale.ROOT,
            "  %-21s %.2f %% right, answers changed: %d, %.3f %%%n",
            a,
            100.0 * a.right / count,
            a.changed,
            100.0 * a.changed / count);
      }
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

  private byte[] jpeg(Image image, int jpegQuality) {
    Image large =
        Resize.to(image, image.width() * enlarge, image.height() * enlarge, Interpolation.BICUBIC);
    return new JpegEncoder(jpegQuality, ChromaSampling.QUARTER).encode(large);
  }
}
