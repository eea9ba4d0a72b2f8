package dev.fovea.explanation;

import dev.fovea.api.Api;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An image in which people marked where a class is.
 *
 * <pre>{@code
 * BoxedImage cat =
 *     new BoxedImage(Path.of("cat.jpg"), Optional.of("cat"), List.of(new Box(10, 20, 110, 90)));
 * }</pre>
 *
 * @param className of what the boxes hold; empty for whatever the model takes it for
 * @param boxes in pixels of the upright picture, at least one
 */
@Api(Api.Status.EXPERIMENTAL)
public record BoxedImage(Path file, Optional<String> className, List<Box> boxes) {
  /** Copies the list and checks that there is a box. */
  public BoxedImage {
    boxes = List.copyOf(boxes);
    if (boxes.isEmpty()) {
      throw new IllegalArgumentException(file + " needs at least one box, got none");
    }
  }

  /**
   * Reads boxes from a file of lines {@code path,xmin,ymin,xmax,ymax} or {@code
   * path,xmin,ymin,xmax,ymax,class}, with or without a first line of names. Paths are relative to
   * the file; values are edges in pixels from the top left corner, so that 0,0,10,10 holds 100
   * pixels. Fields may be quoted.
   *
   * @return one element for each image and class, in the order of the file
   * @throws dev.fovea.data.image.DataException if the file cannot be read, naming the line
   */
  public static List<BoxedImage> ofCsv(Path file) {
    return BoxFiles.csv(file);
  }

  /**
   * Reads annotations of PASCAL VOC, as ImageNet's are too: XML files, whose pixels are counted
   * from 1 with both ends included.
   *
   * @param annotations a file, or a folder whose {@code .xml} files are read in the order of their
   *     names
   * @param images the folder with the images
   * @return one element for each image and class
   * @throws dev.fovea.data.image.DataException if a file cannot be read, naming it
   */
  public static List<BoxedImage> ofVoc(Path annotations, Path images) {
    return BoxFiles.voc(annotations, images);
  }
}
