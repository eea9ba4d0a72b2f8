package dev.fovea.data.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.BlockScale;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;
import dev.fovea.data.source.Dataset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LoadingClockTest {
  private static final double READING = 0.02;
  private static final double DECODING = 0.03;
  private static final double RESIZING = 0.01;

  private static final BlockScale HALF =
      new BlockScale(new BlockScale.Axis(4, 4, 1, false), new BlockScale.Axis(3, 4, 1, false));

  private final LoadingClock clock = new LoadingClock();

  @Test
  void theStagesOfASampleAddUpToItsTime() {
    Dataset set = clock.watch(new Slow());
    long start = System.nanoTime();
    clock.time(
        () -> {
          Image image = set.picture(0).part(new Resize.Box(0, 0, 2, 2));
          assertThat(image.width()).isEqualTo(2);
          sleep(RESIZING);
        });
    clock.time(
        () -> {
          set.image(1);
          sleep(RESIZING);
        });
    double wall = (System.nanoTime() - start) / 1e9;
    LoadingTime time = clock.sums();
    assertThat(time.images()).isEqualTo(2);
    assertThat(time.reading()).isGreaterThanOrEqualTo(2 * READING);
    assertThat(time.decoding()).isGreaterThanOrEqualTo(2 * DECODING);
    assertThat(time.resizing()).isGreaterThanOrEqualTo(2 * RESIZING);
    assertThat(time.total()).isLessThanOrEqualTo(wall);
  }

  @Test
  void anUnreadableImageCountsWithTheTimeThatItTook() {
    Dataset set = clock.watch(new Slow());
    assertThatThrownBy(() -> clock.time(() -> set.picture(2))).isInstanceOf(DataException.class);
    assertThat(clock.sums().images()).isEqualTo(1);
    assertThat(clock.sums().reading()).isGreaterThanOrEqualTo(READING);
    assertThat(clock.sums().decoding()).isZero();
  }

  @Test
  void aPictureIsWhatItIsWithoutAClock() {
    Slow slow = new Slow();
    Dataset set = clock.watch(slow);
    assertThat(set.fingerprint()).isEqualTo(slow.fingerprint());
    assertThat(set.description()).isEqualTo(slow.description());
    Picture picture = set.picture(0);
    assertThat(picture.width()).isEqualTo(4);
    assertThat(picture.height()).isEqualTo(3);
    assertThat(picture.scale(6)).contains(HALF);
    assertThat(picture.part(new Resize.Box(0, 0, 2, 1), HALF).width()).isEqualTo(2);
    assertThat(set.image(0)).isEqualTo(slow.image(0));
  }

  @Test
  void sumsAreAddedAndSubtractedStageByStage() {
    LoadingTime a = new LoadingTime(3, 1, 2, 4);
    assertThat(a.plus(a).since(a)).isEqualTo(a);
    assertThat(a.plus(LoadingTime.NONE)).isEqualTo(a);
    assertThat(a.total()).isEqualTo(7);
  }

  private static void sleep(double seconds) {
    try {
      Thread.sleep(Math.round(1000 * seconds));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Three images of 4x3 pixels, of which the last cannot be read. */
  private static final class Slow implements Dataset {
    private final Image pixels = Image.black(4, 3);

    @Override
    public Picture picture(int i) {
      sleep(READING);
      if (i == 2) {
        throw new DataException("image 2 is broken");
      }
      return new Picture() {
        @Override
        public int width() {
          return 4;
        }

        @Override
        public int height() {
          return 3;
        }

        @Override
        public Optional<BlockScale> scale(double pixels) {
          return Optional.of(HALF);
        }

        @Override
        public Image part(Resize.Box box) {
          sleep(DECODING);
          return pixels.crop(box.left(), box.top(), box.width(), box.height());
        }

        @Override
        public Image part(Resize.Box box, BlockScale scale) {
          return part(box);
        }
      };
    }

    @Override
    public Image image(int i) {
      return pixels;
    }

    @Override
    public String description() {
      return "slow images";
    }

    @Override
    public List<String> classes() {
      return List.of("any");
    }

    @Override
    public int size() {
      return 3;
    }

    @Override
    public int label(int i) {
      return 0;
    }

    @Override
    public String name(int i) {
      return "image " + i;
    }

    @Override
    public long bytes(int i) {
      return 1;
    }

    @Override
    public Optional<byte[]> encoded(int i) {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }
}
