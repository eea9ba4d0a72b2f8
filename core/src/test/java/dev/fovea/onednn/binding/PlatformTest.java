package dev.fovea.onednn.binding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {
  /** Loads the engine in a JVM that takes itself for another platform, and prints what is said. */
  static final class Load {
    private Load() {}

    public static void main(String[] args) {
      try {
        NativeLibrary.get();
        System.out.println("loaded");
      } catch (NativeException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private static String loadedOn(String platform) throws Exception {
    Process jvm =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Dorg.bytedeco.javacpp.platform=" + platform,
                    "-cp",
                    System.getProperty("java.class.path"),
                    Load.class.getName()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(jvm.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return said.strip();
  }

  @Test
  void aPlatformWithoutOneDnnIsToldWhichHaveIt() throws Exception {
    assertThat(loadedOn("linux-riscv64"))
        .isEqualTo(
            "oneDNN cannot be loaded: it does not exist for linux-riscv64, only for linux-x86_64,"
                + " linux-arm64, macosx-arm64, macosx-x86_64, windows-x86_64; run Fovea on one of"
                + " these");
  }

  @ParameterizedTest
  @CsvSource({"macosx-arm64", "linux-arm64", "windows-x86_64"})
  void aPlatformWhoseLibrariesAreMissingIsToldWhatToAdd(String platform) throws Exception {
    assertThat(loadedOn(platform))
        .startsWith("oneDNN cannot be loaded: the class path has no native libraries for ")
        .contains("org.bytedeco:dnnl")
        .contains("with the classifier " + platform + " ");
  }

  @Test
  void whatTheLoaderSaysOfLibrariesThatAreThereIsPassedOn() {
    assertThat(Platform.LINUX.refusal(true, "failed to map segment"))
        .contains("failed to map segment")
        .contains("glibc")
        .contains("org.bytedeco.javacpp.cachedir");
    assertThat(new Platform("macosx-arm64").refusal(true, "no")).doesNotContain("glibc");
  }

  @ParameterizedTest
  @CsvSource({
    "linux-x86_64, libgomp.so.1",
    "linux-arm64, libgomp.so.1",
    "macosx-arm64, libomp.dylib",
    "macosx-x86_64, libiomp5.dylib",
    "windows-x86_64, vcomp140.dll",
  })
  void threadsAreSetInTheRuntimeThatOneDnnIsLinkedWith(String platform, String file) {
    assertThat(new Platform(platform).openMp()).isEqualTo(file);
  }

  @Test
  void pagesAreZeroWritableAndThenExecutable() {
    Pages pages = Pages.of(Platform.here());
    Pointer memory = Objects.requireNonNull(pages.take(4096));
    assertThat(memory.getByteArray(0, 4096)).containsOnly(0);
    memory.setByte(0, (byte) 0xc3);
    assertThat(pages.makeExecutable(memory, 4096)).isTrue();
    assertThat(memory.getByte(0)).isEqualTo((byte) 0xc3);
    pages.giveBack(memory, 4096);
  }

  @Test
  void moreMemoryThanThereAreAddressesIsRefused() {
    try (Owner owner = new Owner("refused")) {
      assertThatThrownBy(() -> new NativeMemory(owner, 1L << 60))
          .isInstanceOf(NativeException.class)
          .hasMessageContaining("the system refused");
    }
  }
}
