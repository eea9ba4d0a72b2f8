package dev.fovea.app.run;

import dev.fovea.app.console.Human;
import dev.fovea.data.loader.LoadingTime;

/** Says where the time of an image goes. */
public final class TimePerImage {
  private TimePerImage() {}

  /**
   * The mean milliseconds of an image in each stage.
   *
   * @param loading the work of the threads that make images
   * @param images the images that the network saw
   * @param waiting seconds in which the network waited
   * @param network seconds in which the network ran
   */
  public static String text(LoadingTime loading, long images, double waiting, double network) {
    return "per image: reading "
        + millis(loading.reading(), loading.images())
        + ", decoding "
        + millis(loading.decoding(), loading.images())
        + ", resizing "
        + millis(loading.resizing(), loading.images())
        + " on the threads that make images; waiting "
        + millis(waiting, images)
        + ", network "
        + millis(network, images);
  }

  private static String millis(double seconds, long images) {
    return images == 0 ? "0 ms" : Human.digits(1000 * seconds / images) + " ms";
  }
}
