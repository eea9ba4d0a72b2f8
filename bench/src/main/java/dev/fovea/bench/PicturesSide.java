package dev.fovea.bench;

import dev.fovea.data.augment.RandomResizedCrop;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.BlockScale;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.SampleMaker;
import dev.fovea.data.source.Dataset;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Fovea's process for work on single pictures in memory, on one thread: {@code PicturesSide
 * decode|draft|crop|resize FOLDER KIND...}. A step is one picture; pictures of all kinds pass
 * through one process, mixed before the first turn and in turns of a kind afterwards.
 */
final class PicturesSide {
  private static final int WARM_UP_PASSES = 12;
  private static final int IN_MEMORY = 4;
  private static final int CROP = 224;
  private static final int SHORTER = 256;
  private static final int SCALE = 4;

  private PicturesSide() {}

  /** Warms up and serves turns until the driver ends. */
  public static void main(String[] args) throws IOException {
    try {
      serve(args);
    } catch (BenchException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static void serve(String[] args) throws IOException {
    PictureFiles files = new PictureFiles(Path.of(args[1]));
    Map<String, Pictures> kinds = new LinkedHashMap<>();
    for (String kind : List.of(args).subList(2, args.length)) {
      kinds.put(kind, pictures(args[0], kind, files.encoded(kind)));
    }
    for (int pass = 0; pass < WARM_UP_PASSES; pass++) {
      kinds.values().forEach(pictures -> pictures.steps(IN_MEMORY));
    }
    Turns.serve(new Work(kinds));
  }

  private static final class Work implements Turns.Work {
    private final Map<String, Pictures> kinds;
    private Pictures chosen;

    Work(Map<String, Pictures> kinds) {
      this.kinds = kinds;
      this.chosen = kinds.values().iterator().next();
    }

    @Override
    public void on(String kind) {
      chosen = Objects.requireNonNull(kinds.get(kind), kind);
    }

    @Override
    public void steps(int count) {
      chosen.steps(count);
    }
  }

  /** What is done to one picture; {@code pass} counts the passes over all pictures. */
  private interface Step {
    Image apply(int picture, int pass);
  }

  /** The pictures of a kind, one after the other, again and again. */
  private static final class Pictures {
    private final int count;
    private final Step step;
    private int place;
    private int pass;
    private long seen;

    Pictures(int count, Step step) {
      this.count = count;
      this.step = step;
    }

    void steps(int number) {
      for (int i = 0; i < number; i++) {
        // Read, so that no compiler may leave the work out.
        seen += step.apply(place, pass).rgb()[0];
        place++;
        if (place == count) {
          place = 0;
          pass++;
        }
      }
      if (seen == Long.MIN_VALUE) {
        throw new IllegalStateException("a sum of bytes cannot become that small");
      }
    }
  }

  private static Pictures pictures(String work, String kind, List<byte[]> encoded) {
    Encoded set = new Encoded(kind, encoded);
    return switch (work) {
      case "decode" -> new Pictures(set.size(), (i, pass) -> set.image(i));
      case "draft" -> new Pictures(set.size(), (i, pass) -> shrunk(set.picture(i), kind));
      case "crop" -> new Pictures(set.size(), crops(set)::image);
      case "resize" -> {
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < IN_MEMORY; i++) {
          images.add(set.image(i));
        }
        yield new Pictures(
            images.size(),
            (i, pass) -> Resize.shorterSide(images.get(i), SHORTER, Interpolation.BILINEAR));
      }
      default ->
          throw new BenchException(
              "there is no work '" + work + "'; expected decode, draft, crop or resize");
    };
  }

  private static Image shrunk(Picture picture, String kind) {
    BlockScale scale =
        picture
            .scale(16)
            .filter(s -> s.across().samples() * SCALE == BlockScale.BLOCK)
            .orElseThrow(
                () ->
                    new BenchException(
                        "Fovea cannot decode the files of "
                            + kind
                            + " at 1/"
                            + SCALE
                            + " of their size"));
    return picture.part(scale.all(), scale);
  }

  private static SampleMaker crops(Dataset set) {
    Shape input = Shape.of(3, CROP, CROP);
    Preprocessing preprocessing = Augmentation.preprocessing("imagenet", input);
    return new SampleMaker(
        set,
        List.of(RandomResizedCrop.standard(CROP, CROP)),
        preprocessing,
        new BatchFormat(1, 3, CROP, CROP, DType.F32),
        1);
  }

  /** Encoded files in memory. */
  private record Encoded(String description, List<byte[]> files) implements Dataset {
    @Override
    public List<String> classes() {
      return List.of("any");
    }

    @Override
    public int size() {
      return files.size();
    }

    @Override
    public int label(int i) {
      return 0;
    }

    @Override
    public String name(int i) {
      return description + " " + i;
    }

    @Override
    public long bytes(int i) {
      return files.get(i).length;
    }

    @Override
    public Optional<byte[]> encoded(int i) {
      return Optional.of(files.get(i));
    }

    @Override
    public Image image(int i) {
      return ImageDecoder.decode(files.get(i), name(i));
    }

    @Override
    public Picture picture(int i) {
      return ImageDecoder.open(files.get(i), name(i), DecodeLimits.STANDARD);
    }

    @Override
    public void close() {}
  }
}
