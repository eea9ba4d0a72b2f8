package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.fovea.checkpoint.ElementType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that PyTorch 1.13.1 wrote; {@code make_golden.py} beside them says how. */
class TorchFileTest {
  @TempDir private Path folder;

  private ForeignFile golden(String name) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = TorchFileTest.class.getResourceAsStream(name)) {
      Files.copy(java.util.Objects.requireNonNull(in, name), file);
    }
    return ForeignFile.open(file);
  }

  /** The values of {@code ramp} in make_golden.py. */
  private static float ramp(int i) {
    return i / 8f - 3;
  }

  private static float[] ramp(int... indices) {
    float[] values = new float[indices.length];
    for (int i = 0; i < indices.length; i++) {
      values[i] = ramp(indices[i]);
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(strings = {"module-zip.pt", "module-legacy.pt"})
  void aModulesStateDictIsReadInItsOrder(String name) throws IOException {
    try (ForeignFile file = golden(name)) {
      assertThat(file.tensors().keySet())
          .containsExactly(
              "conv1.weight",
              "bn1.weight",
              "bn1.bias",
              "bn1.running_mean",
              "bn1.running_var",
              "bn1.num_batches_tracked",
              "fc.weight",
              "fc.bias");
      ForeignTensor conv = file.tensor("conv1.weight");
      assertThat(conv.shape()).containsExactly(4L, 3L, 3L, 3L);
      assertThat(conv.floats()).hasSize(108).startsWith(ramp(0, 1, 2)).endsWith(ramp(107));
      assertThat(file.tensor("bn1.num_batches_tracked").type()).isEqualTo(ElementType.I64);
      assertThat(file.key()).isEmpty();
      assertThat(file.others()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"views-zip.pt", "views-legacy.pt"})
  void everyTypeAndEveryKindOfViewIsReadRight(String name) throws IOException {
    float[] twelve = ramp(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    try (ForeignFile file = golden(name)) {
      assertThat(file.key()).isEqualTo("state_dict");
      for (ElementType type : List.of(ElementType.F16, ElementType.BF16, ElementType.F64)) {
        String of =
            type == ElementType.F16 ? "half" : type == ElementType.BF16 ? "bfloat16" : "double";
        ForeignTensor tensor = file.tensor(of);
        assertThat(tensor.type()).isEqualTo(type);
        assertThat(tensor.floats()).as(of).containsExactly(twelve);
      }
      assertThat(file.tensor("transposed").shape()).containsExactly(4L, 6L);
      assertThat(file.tensor("transposed").floats())
          .startsWith(ramp(0, 4, 8, 12, 16, 20, 1, 5))
          .endsWith(ramp(19, 23));
      assertThat(file.tensor("every_second").floats()).containsExactly(ramp(1, 2, 9, 10, 17, 18));
      assertThat(file.tensor("shared").floats()).startsWith(ramp(0, 1, 2)).hasSize(24);
      assertThat(file.tensor("expanded").floats()).containsExactly(ramp(0, 1, 2, 0, 1, 2));
      assertThat(file.tensor("scalar").floats()).containsExactly(1.5f);
      assertThat(file.tensor("scalar").shape()).isEmpty();
      assertThat(file.tensor("empty").floats()).isEmpty();
      assertThat(file.tensor("parameter").floats()).containsExactly(ramp(0, 1, 2, 3));
      ForeignTensor whole = file.tensor("long");
      assertThatThrownBy(whole::floats)
          .isInstanceOf(InteropException.class)
          .hasMessageContaining("I64");
    }
  }

  @Test
  void theModelIsFoundBesideItsOptimizer() throws IOException {
    try (ForeignFile file = golden("optimizer-zip.pt")) {
      assertThat(file.key()).isEqualTo("model");
      assertThat(file.tensors()).hasSize(8).containsKey("fc.bias");
    }
  }

  @Test
  void aWholeModuleIsRefusedByTheNameOfItsClass() {
    assertThatThrownBy(() -> golden("whole-module.pt"))
        .isInstanceOf(InteropException.class)
        .hasMessageContaining("whole-module.pt")
        .hasMessageContaining("'__main__.Net'");
  }

  @Test
  void aFileThatIsMissingOrSomethingElseIsNamed() throws IOException {
    assertThatThrownBy(() -> ForeignFile.open(folder.resolve("none.pt")))
        .isInstanceOf(InteropException.class)
        .hasMessageContaining("none.pt: does not exist");
    assertThatThrownBy(() -> ForeignFile.open(folder))
        .isInstanceOf(InteropException.class)
        .hasMessageContaining("is a folder");
    Path text = Files.writeString(folder.resolve("text.pt"), "just a text, and no weights at all");
    assertThatThrownBy(() -> ForeignFile.open(text))
        .isInstanceOf(InteropException.class)
        .hasMessageContaining("neither a PyTorch file nor");
    Path empty = Files.createFile(folder.resolve("empty.pt"));
    assertThatThrownBy(() -> ForeignFile.open(empty)).isInstanceOf(InteropException.class);
  }

  @Test
  void aNamedPipeIsRefusedAndNeverOpened() throws Exception {
    Path pipe = folder.resolve("pipe.safetensors");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThatThrownBy(() -> ForeignFile.open(pipe))
                .isInstanceOf(InteropException.class)
                .hasMessageContainingAll("pipe.safetensors", "never opened"));
  }
}
