package dev.fovea.app.run;

import dev.fovea.app.console.Human;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.data.loader.LoadingTime;
import java.util.List;

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

  /** The same, each stage by itself. */
  public static List<Setting> stages(
      LoadingTime loading, long images, double waiting, double network) {
    return List.of(
        new Setting("reading an image", millis(loading.reading(), loading.images())),
        new Setting("decoding an image", millis(loading.decoding(), loading.images())),
        new Setting("resizing an image", millis(loading.resizing(), loading.images())),
        new Setting("waiting, per image", millis(waiting, images)),
        new Setting("network, per image", millis(network, images)));
  }

  private static String millis(double seconds, long images) {
    return images == 0 ? "0 ms" : Human.digits(1000 * seconds / images) + " ms";
  }
}
