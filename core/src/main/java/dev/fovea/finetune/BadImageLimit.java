package dev.fovea.finetune;

import dev.fovea.data.image.DataException;
import dev.fovea.data.inspect.DataCheck;
import dev.fovea.data.source.Dataset;
import dev.fovea.logistic.FeatureSet;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.List;

/**
 * The limit of unreadable images, judged once over all images of a fine-tuning: of the few that are
 * held back, a single one is soon more than any fraction.
 *
 * @param fraction of all images that may be unreadable
 */
record BadImageLimit(double fraction) {
  private static final int SHOWN = 3;

  /**
   * Judges what the check of the data found.
   *
   * @throws DataException if too many images are unreadable
   */
  void judge(DataCheck check, Dataset train, Dataset val) {
    List<String> reasons = check.unreadable().stream().map(DataCheck.Place::remark).toList();
    judge(reasons, train, val);
  }

  /**
   * Judges by the features that there are.
   *
   * @throws DataException if too many images are unreadable
   */
  void judge(FeatureSet ofTrain, Dataset train, FeatureSet ofVal, Dataset val) {
    List<String> names = new ArrayList<>();
    missing(ofTrain, train.size()).forEach(i -> names.add(train.name(i)));
    missing(ofVal, val.size()).forEach(i -> names.add(val.name(i)));
    judge(names, train, val);
  }

  private void judge(List<String> bad, Dataset train, Dataset val) {
    int all = train.size() + val.size();
    if (bad.size() > fraction * all) {
      throw new DataException(
          bad.size()
              + " of the "
              + Decimals.count(all, "image")
              + " of "
              + train.description()
              + " and "
              + val.description()
              + " are unreadable, above the limit of "
              + Decimals.significant(100 * fraction)
              + " %; for example "
              + String.join("; ", bad.subList(0, Math.min(SHOWN, bad.size())))
              + ". A data check lists all of them; repair or remove them, or raise"
              + " data.bad_fraction");
    }
  }

  /**
   * Returns the limit for a part of the images that was judged with the others: what it has of
   * unreadable ones, and no more than the settings allow if that is more.
   *
   * @param part the numbers of its images
   */
  double of(FeatureSet readable, int[] part) {
    int bad = part.length - readable.count(part);
    // Strictly above the share, however it is rounded.
    double share = bad == 0 ? 0 : (Math.floor(100.0 * bad / part.length) + 1) / 100;
    return Math.max(fraction, Math.min(1, share));
  }

  private static List<Integer> missing(FeatureSet set, int all) {
    List<Integer> missing = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < all; i++) {
      if (at < set.size() && set.items()[at] == i) {
        at++;
      } else {
        missing.add(i);
      }
    }
    return missing;
  }
}
