package dev.fovea.explanation;

import dev.fovea.api.Api;
import dev.fovea.data.image.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Boxes that people drew around the objects of images.
 *
 * <pre>{@code
 * BoxAnnotations boxes = BoxAnnotations.read(Path.of("boxes.csv"));
 * System.out.println(boxes.of("photos/cat.jpg"));
 * }</pre>
 *
 * <p>An image is found by its path, else by the last parts of its path, with or without the suffix,
 * because the same images lie in folders and archives.
 */
@Api(Api.Status.EXPERIMENTAL)
public final class BoxAnnotations {
  private final String source;
  private final Map<String, List<LabeledBox>> boxes = new LinkedHashMap<>();

  /**
   * Takes boxes that a program has.
   *
   * @param source where they come from, for messages
   * @param boxes of each image, by its path
   */
  public BoxAnnotations(String source, Map<String, List<LabeledBox>> boxes) {
    this.source = source;
    boxes.forEach(
        (image, some) ->
            this.boxes.computeIfAbsent(plain(image), k -> new ArrayList<>()).addAll(some));
  }

  /**
   * Reads boxes from a file.
   *
   * <p>CSV has a row per box, with a heading that names the columns {@code image}, {@code left},
   * {@code top}, {@code right}, {@code bottom} and perhaps {@code label}, in any order and under
   * their usual other names ({@code xmin} and so on), or in this order without a heading; or, as
   * ILSVRC's localization task has it, the columns {@code ImageId} and {@code PredictionString},
   * which holds {@code label xmin ymin xmax ymax} for each box. Its values are edges in pixels from
   * the top left corner, so that 0,0,10,10 holds 100 pixels. Cells may be quoted.
   *
   * <p>Files that end in {@code .xml} are annotations of PASCAL VOC, as ImageNet's are too, whose
   * pixels are counted from 1 with both ends included. A folder stands for all such files in it and
   * in its folders.
   *
   * @throws DataException if a file cannot be read or holds no boxes, naming the line
   */
  public static BoxAnnotations read(Path file) {
    boolean xml =
        Files.isDirectory(file) || file.toString().toLowerCase(Locale.ROOT).endsWith(".xml");
    return new BoxAnnotations(file.toString(), xml ? VocBoxes.read(file) : CsvBoxes.read(file));
  }

  /** The boxes of an image in the order of the file; none if it does not name the image. */
  public List<LabeledBox> of(String image) {
    String rest = plain(image);
    while (true) {
      List<LabeledBox> found = boxes.get(rest);
      if (found == null) {
        found = boxes.get(withoutSuffix(rest));
      }
      if (found != null) {
        return List.copyOf(found);
      }
      int slash = rest.indexOf('/');
      if (slash < 0) {
        return List.of();
      }
      rest = rest.substring(slash + 1);
    }
  }

  private static String withoutSuffix(String path) {
    int dot = path.lastIndexOf('.');
    return dot > path.lastIndexOf('/') + 1 ? path.substring(0, dot) : path;
  }

  private static String plain(String path) {
    String forward = path.replace('\\', '/');
    return forward.startsWith("./") ? forward.substring(2) : forward;
  }

  /**
   * Checks that it has a box of some of the images, if there are any.
   *
   * @throws DataException if it has none; the message helps to compare the names
   */
  public void requireAny(List<String> images) {
    if (!images.isEmpty() && images.stream().allMatch(image -> of(image).isEmpty())) {
      throw new DataException(
          source
              + ": holds no box of the images; it names images such as "
              + boxes.keySet().stream().findFirst().orElse("none at all")
              + ", and the first one here is "
              + images.get(0)
              + "; paths must end alike");
    }
  }
}
