package dev.fovea.app.run;

import dev.fovea.app.console.Human;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.data.loader.LoadingTime;
import java.util.List;

/** Says where the time of an image goes. */
public final class TimePerImage {
  private TimePerImage() {}

  /**
   * The mean time of an image in each stage.
   *
   * @param loading the work of the threads that make images
   * @param images the images that the network saw
   * @param waiting seconds in which the network waited
   * @param network seconds in which the network ran
   */
  public static String text(LoadingTime loading, long images, double waiting, double network) {
    return "per image: reading "
        + each(loading.reading(), loading.images())
        + ", decoding "
        + each(loading.decoding(), loading.images())
        + ", resizing "
        + each(loading.resizing(), loading.images())
        + " on the threads that make images; waiting "
        + each(waiting, images)
        + ", network "
        + each(network, images);
  }

  /** The same, each stage by itself. */
  public static List<Setting> stages(
      LoadingTime loading, long images, double waiting, double network) {
    return List.of(
        new Setting("reading an image", each(loading.reading(), loading.images())),
        new Setting("decoding an image", each(loading.decoding(), loading.images())),
        new Setting("resizing an image", each(loading.resizing(), loading.images())),
        new Setting("waiting, per image", each(waiting, images)),
        new Setting("network, per image", each(network, images)));
  }

  private static String each(double seconds, long images) {
    double each = images == 0 ? 0 : seconds / images;
    return each > 0 && each < 1e-3
        ? Human.digits(1e6 * each) + " µs"
        : Human.digits(1e3 * each) + " ms";
  }
}
