package dev.fovea.app.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.app.console.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsFileTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("results.csv");
  }

  private static Map<String, String> row(String model) {
    Map<String, String> row = ResultsFile.row();
    row.put("model", model);
    row.put("top1", "91.73");
    row.put("img_size", "32");
    row.put("crops", "1");
    return row;
  }

  @Test
  void aNewTableGetsTimmsColumnsFirst() throws IOException {
    ResultsFile.check(file);
    ResultsFile.append(file, row("a,b"));
    ResultsFile.append(file, row("say \"hi\""));
    assertThat(Files.readString(file))
        .isEqualTo(
            "model,top1,top1_err,top5,top5_err,param_count,img_size,crop_pct,interpolation,"
                + "crops,images,loss,calibration_error,precision,split,data\n"
                + "\"a,b\",91.73,,,,,32,,,1,,,,,,\n"
                + "\"say \"\"hi\"\"\",91.73,,,,,32,,,1,,,,,,\n");
  }

  @Test
  void timmsOwnTableKeepsItsColumnsAndTheirOrder() throws IOException {
    String header = "model,img_size,top1,top1_err,top5,top5_err,param_count,crop_pct,interpolation";
    Files.writeString(file, header + "\nresnet50,224,80.37,19.63,94.61,5.39,25.56,0.95,bicubic");
    ResultsFile.append(file, row("x"));
    assertThat(Files.readAllLines(file))
        .containsExactly(
            header, "resnet50,224,80.37,19.63,94.61,5.39,25.56,0.95,bicubic", "x,32,91.73,,,,,,");
  }

  @Test
  void anotherTableIsRefusedAndStaysAsItIs() throws IOException {
    for (String text : List.of("epoch,loss\n1,2\n", "model,top1\n", "model,model,top1\n", "\n")) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> ResultsFile.check(file)).isInstanceOf(CommandException.class);
      assertThatThrownBy(() -> ResultsFile.append(file, row("x")))
          .isInstanceOf(CommandException.class)
          .hasMessageContaining("results.csv")
          .hasMessageContaining("model,top1,top1_err");
      assertThat(Files.readString(file)).isEqualTo(text);
    }
  }

  @Test
  void rowsOfManyWritersAllArriveWhole() throws IOException {
    IntStream.range(0, 40)
        .parallel()
        .forEach(
            i -> {
              try {
                ResultsFile.append(file, row("model-" + i));
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(41).doesNotHaveDuplicates();
    assertThat(lines.stream().skip(1)).allMatch(l -> l.matches("model-\\d+,91.73,,,,,32,,,1,{6}"));
  }

  @Test
  void aTableInAMissingFolderIsNoticedBeforeTheWork() {
    assertThatThrownBy(() -> ResultsFile.check(folder.resolve("none/results.csv")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void numbersHaveTheDecimalsTheyNeed() {
    assertThat(ResultsFile.rounded(91.73, 4)).isEqualTo("91.73");
    assertThat(ResultsFile.rounded(100, 4)).isEqualTo("100.0");
    assertThat(ResultsFile.rounded(1.0 / 3, 4)).isEqualTo("0.3333");
    assertThat(ResultsFile.rounded(Double.NaN, 4)).isEmpty();
  }
}
