package dev.fovea.study.claims;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.checkpoint.JsonTree;
import dev.fovea.study.Arm;
import dev.fovea.study.Scale;
import dev.fovea.study.Study;
import dev.fovea.train.RunConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ArmsTest {
  /**
   * What every arm differs in from its recipe, written when arms were changed by text; later
   * studies never were.
   */
  private static final String FILE = "/dev/fovea/train/former-keys/study-arms.json";

  @Test
  void everyArmIsTrainedAsItWasWhenItsChangesWereText() throws IOException {
    Map<String, Object> expected;
    try (InputStream in = ArmsTest.class.getResourceAsStream(FILE)) {
      assertThat(in).isNotNull();
      expected = JsonTree.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), FILE);
    }
    Map<String, RunConfig> configs = new LinkedHashMap<>();
    for (Study study : Studies.all()) {
      for (Scale scale : Scale.values()) {
        for (Arm arm : study.arms(scale)) {
          String size = scale.name().toLowerCase(Locale.ROOT);
          configs.put(study.name() + "/" + size + "/" + arm.name(), arm.config());
        }
      }
    }
    assertThat(expected).hasSizeGreaterThan(100);
    assertThat(configs).containsKeys(expected.keySet().toArray(String[]::new));
    expected.forEach(
        (name, tree) ->
            assertThat(configs.get(name))
                .as(name)
                .isEqualTo(parsed(Objects.requireNonNull(tree), name)));
  }

  @SuppressWarnings("unchecked")
  private static RunConfig parsed(Object tree, String name) {
    return RunConfig.parse(JsonTree.compact((Map<String, Object>) tree), name);
  }
}
