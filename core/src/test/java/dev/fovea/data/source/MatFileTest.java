package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files were written by scipy.io.savemat, with the fields of the development kit. */
class MatFileTest {
  private static byte[] file(String name) throws IOException {
    try (InputStream in = MatFileTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"meta.mat", "meta-uncompressed.mat"})
  void structuresAreReadWithTextsAndNumbers(String name) throws IOException {
    List<Map<String, Object>> synsets = MatFile.structs(file(name), "synsets");
    assertThat(synsets).hasSize(4);
    assertThat(synsets)
        .extracting(s -> s.get("WNID"))
        .containsExactly("n02119789", "n02100735", "n01440764", "n00001740");
    assertThat(synsets.get(2).get("words")).isEqualTo("tench, Tinca tinca");
    assertThat((double[]) synsets.get(2).get("ILSVRC2012_ID")).containsExactly(3);
    assertThat((double[]) synsets.get(3).get("children")).containsExactly(1, 2, 3);
    assertThat((double[]) synsets.get(0).get("num_train_images")).containsExactly(1300);
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatThrownBy(() -> MatFile.structs(file("meta.mat"), "other"))
        .isInstanceOf(IOException.class)
        .hasMessage("it has no structure 'other'");
    assertThatThrownBy(() -> MatFile.structs(new byte[3000], "synsets"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a MATLAB file");
  }

  @Test
  void anyDamageEndsInAnErrorOrAList() throws IOException {
    byte[] good = file("meta-uncompressed.mat");
    Random random = new Random(1);
    int errors = 0;
    for (int round = 0; round < 3000; round++) {
      byte[] bad = good.clone();
      for (int k = 0; k < 4; k++) {
        bad[128 + random.nextInt(bad.length - 128)] = (byte) random.nextInt(256);
      }
      try {
        MatFile.structs(bad, "synsets");
      } catch (IOException e) {
        errors++;
      }
    }
    assertThat(errors).isBetween(100, 3000);
  }
}
