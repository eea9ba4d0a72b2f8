package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StepTimerTest {
  private static final int BATCH = 4;
  private static final int MILLIS = 5;

  /** The same images, each of which takes at least 5 ms to be had. */
  private static Dataset slow(Dataset set) {
    return (Dataset)
        Proxy.newProxyInstance(
            StepTimerTest.class.getClassLoader(),
            new Class<?>[] {Dataset.class},
            (proxy, method, arguments) -> {
              if (Set.of("image", "picture", "encoded").contains(method.getName())) {
                Thread.sleep(MILLIS);
              }
              return method.invoke(set, arguments);
            });
  }

  @Test
  void whatImagesTakeToLoadCounts() {
    RunConfig config = RunConfig.named("shapes-quick");
    Shape input = Shape.of(3, 8, 8);
    Preprocessing how = Augmentation.preprocessing(config.data().preprocess(), input);
    BatchFormat format = new BatchFormat(BATCH, 3, 8, 8, DType.F32);
    LoaderOptions oneWorker = new LoaderOptions(0, 1, 1, true, 1, image -> {});
    try (Dataset set =
            Datasets.open("shapes(size=8,count=128,val=16)", Split.TRAIN, config.dataOptions());
        Loader loader =
            Augmentation.of(List.of("flip"), input).loader(slow(set), how, format, oneWorker)) {
      assertThat(StepTimer.loading(loader)).isGreaterThan(0.5 * BATCH * MILLIS / 1e3);
    }
  }
}
