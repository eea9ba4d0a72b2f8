package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings {@code data.hold_back} and {@code learning.most_epochs} of a training. */
@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class HeldBackImagesTest {
  @TempDir Path temp;

  private static Set<String> names(RunConfig config, Split split) {
    Set<String> names = new HashSet<>();
    try (Dataset set = RunData.open(config, split)) {
      for (int i = 0; i < set.size(); i++) {
        names.add(set.name(i));
      }
    }
    return names;
  }

  @Test
  void heldBackImagesAreEvaluatedInPlaceOfTheValidationImagesAndNotTrainedOn() {
    RunConfig whole = TinyRun.in(temp.resolve("run")).with("learning.length", "1epochs");
    RunConfig config = whole.with("data.hold_back", "0.25");
    Set<String> training = names(whole, Split.TRAIN);
    Set<String> trained = names(config, Split.TRAIN);
    Set<String> held = names(config, Split.VAL);
    assertThat(held)
        .hasSizeBetween(36, 44)
        .isSubsetOf(training)
        .doesNotContainAnyElementsOf(trained);
    Set<String> both = new HashSet<>(trained);
    both.addAll(held);
    assertThat(both).isEqualTo(training);
    int[] images = new int[2];
    TinyRun.run(
        config,
        e -> {
          if (e instanceof TrainEvent.RunStarted s) {
            images[0] = s.trainImages();
            images[1] = s.valImages();
          }
        });
    assertThat(images).containsExactly(trained.size(), held.size());
  }

  @Test
  void aRunWithATimeTakesNoMoreThanTheMostEpochs() {
    RunConfig config =
        TinyRun.in(temp.resolve("run"))
            .with("learning.length", "10minutes")
            .with("learning.most_epochs", "2");
    TrainResult result = TinyRun.run(config);
    assertThat(result.history()).hasSize(2);
    assertThat(TinyRun.resumed(temp.resolve("run")).learning().length().toString())
        .isEqualTo("2epochs");
  }

  @Test
  void theMostEpochsDoNotShortenARunThatSaysItsEpochs() {
    RunConfig config =
        TinyRun.in(temp.resolve("run"))
            .with("learning.length", "2epochs")
            .with("learning.most_epochs", "1");
    assertThat(TinyRun.run(config).history()).hasSize(2);
  }

  @Test
  void valuesThatMeanNothingAreRefused() {
    RunConfig config = TinyRun.in(temp);
    assertThatThrownBy(() -> config.with("data.hold_back", "1"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("data.hold_back");
    assertThatThrownBy(() -> config.with("learning.most_epochs", "-1"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("learning.most_epochs must be 0 or more");
  }
}
