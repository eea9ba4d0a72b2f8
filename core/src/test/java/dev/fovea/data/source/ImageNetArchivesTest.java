package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.archive.Tars;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.TestImages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageNetArchivesTest {
  private static final DatasetOptions STREAMED =
      DatasetOptions.STANDARD.withMemoryBytes(0).withValFraction(0);

  /** The kit's numbers of the three synsets in meta.mat: 1 n02119789, 2 n02100735, 3 n01440764. */
  private static final String KIT_NUMBERS = "3\n1\n2\n3\n";

  @TempDir Path dir;

  private static byte[] jpeg(int number) {
    return TestImages.png(5, 4, number);
  }

  @BeforeEach
  void makeArchives() throws IOException {
    try (Tars train = Tars.file(dir.resolve("ILSVRC2012_img_train.tar"))) {
      int n = 0;
      for (String synset : List.of("n02119789", "n01440764", "n02100735")) {
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        try (Tars tar = Tars.memory(inner)) {
          for (int k = 0; k < 3; k++) {
            tar.add(synset + "_" + (10 - k) + ".JPEG", jpeg(n++));
          }
        }
        train.add(synset + ".tar", inner.toByteArray());
      }
    }
    try (Tars val = Tars.file(dir.resolve("ILSVRC2012_img_val.tar"))) {
      for (int k : new int[] {2, 1, 4, 3}) {
        val.add(String.format("ILSVRC2012_val_%08d.JPEG", k), jpeg(100 + k));
      }
    }
  }

  private static byte[] meta() throws IOException {
    try (InputStream in = ImageNetArchivesTest.class.getResourceAsStream("meta.mat")) {
      return in.readAllBytes();
    }
  }

  private static List<String> content(Dataset set) {
    return IntStream.range(0, set.size())
        .mapToObj(i -> set.name(i) + "=" + set.classes().get(set.label(i)))
        .toList();
  }

  private List<String> val(DatasetOptions options) {
    try (Dataset set = Datasets.open(dir, Split.VAL, options)) {
      return content(set).stream().map(c -> c.replaceAll(".*_0*|.JPEG", "")).toList();
    }
  }

  @Test
  void theArchivesAreReadInPlaceWithoutUnpacking() throws IOException {
    Files.writeString(dir.resolve("val.txt"), "ILSVRC2012_val_00000001.JPEG 0\n".repeat(1));
    Files.delete(dir.resolve("ILSVRC2012_img_val.tar"));
    try (Dataset train = Datasets.open(dir, Split.TRAIN, STREAMED)) {
      assertThat(train.classes()).containsExactly("n01440764", "n02100735", "n02119789");
      assertThat(content(train))
          .hasSize(9)
          .startsWith(
              "ILSVRC2012_img_train.tar/n02119789/n02119789_10.JPEG=n02119789",
              "ILSVRC2012_img_train.tar/n02119789/n02119789_9.JPEG=n02119789");
      for (int i = 0; i < 9; i++) {
        assertThat(train.image(i).rgb()).isEqualTo(ImageDecoder.decode(jpeg(i), "x").rgb());
      }
    }
    try (Dataset same =
        Datasets.open(dir.resolve("ILSVRC2012_img_train.tar"), Split.TRAIN, STREAMED)) {
      assertThat(same.size()).isEqualTo(9);
      assertThat(same.label(0)).isEqualTo(2);
    }
    assertThat(dir.toFile().list()).hasSize(2);
  }

  @Test
  void aFolderOfTheArchivesOfSynsetsIsTheSame() throws IOException {
    Path folder = dir.resolve("unpacked");
    for (String synset : List.of("n02119789", "n01440764")) {
      try (Tars tar = Tars.file(folder.resolve("train/" + synset + ".tar"))) {
        tar.add(synset + "_1.JPEG", jpeg(1)).add(synset + "_2.JPEG", jpeg(2));
      }
    }
    try (Dataset train = Datasets.open(folder, Split.TRAIN, STREAMED)) {
      assertThat(content(train))
          .containsExactly(
              "n01440764.tar/n01440764_1.JPEG=n01440764",
              "n01440764.tar/n01440764_2.JPEG=n01440764",
              "n02119789.tar/n02119789_1.JPEG=n02119789",
              "n02119789.tar/n02119789_2.JPEG=n02119789");
    }
  }

  @Test
  void theDevelopmentKitMapsItsNumbers() throws IOException {
    try (Tars kit =
        Tars.memory(
            new ByteArrayOutputStream() {
              @Override
              public void close() throws IOException {
                try (GZIPOutputStream out =
                    new GZIPOutputStream(
                        Files.newOutputStream(dir.resolve("ILSVRC2012_devkit_t12.tar.gz")))) {
                  writeTo(out);
                }
              }
            })) {
      kit.add("ILSVRC2012_devkit_t12/data/meta.mat", meta())
          .add("ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt", KIT_NUMBERS);
    }
    assertThat(val(STREAMED))
        .containsExactly("2=n02119789", "1=n01440764", "4=n01440764", "3=n02100735");
    try (Dataset train = Datasets.open(dir, Split.TRAIN, STREAMED)) {
      assertThat(train.displayNames()).containsExactly("tench", "English setter", "kit fox");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "val.txt | ILSVRC2012_val_00000001.JPEG 0;ILSVRC2012_val_00000002.JPEG 2;"
            + "ILSVRC2012_val_00000003.JPEG 1;ILSVRC2012_val_00000004.JPEG 0",
        "val.txt | val/ILSVRC2012_val_00000001.JPEG n01440764;ILSVRC2012_val_00000002.JPEG"
            + " n02119789;ILSVRC2012_val_00000003.JPEG n02100735;ILSVRC2012_val_00000004.JPEG"
            + " n01440764",
        "LOC_val_solution.csv | ImageId,PredictionString;ILSVRC2012_val_00000003,n02100735 85 1 499"
            + " 272 ;ILSVRC2012_val_00000001,n01440764 1 2 3 4 n01440764 2 3 4 5;"
            + "ILSVRC2012_val_00000002,n02119789 1 2 3 4;ILSVRC2012_val_00000004,n01440764 1 2 3 4",
        "imagenet_2012_validation_synset_labels.txt | n01440764;n02119789;n02100735;n01440764",
        "valprep.sh | #!/bin/bash;mkdir -p n01440764;mv ILSVRC2012_val_00000001.JPEG n01440764/;"
            + "mv ILSVRC2012_val_00000002.JPEG n02119789/;"
            + "mv ILSVRC2012_val_00000003.JPEG n02100735/;"
            + "mv ILSVRC2012_val_00000004.JPEG n01440764/"
      })
  void labelsAreReadInTheirUsualForms(String file, String lines) throws IOException {
    Path labels = Files.writeString(dir.resolve(file), lines.replace(";", "\n") + "\n");
    List<String> expected = List.of("2=n02119789", "1=n01440764", "4=n01440764", "3=n02100735");
    assertThat(val(STREAMED)).isEqualTo(expected);
    Path elsewhere = Files.createDirectory(dir.resolve("other")).resolve("mine");
    Files.move(labels, elsewhere);
    assertThat(val(STREAMED.withLabels(Optional.of(elsewhere)))).isEqualTo(expected);
  }

  @Test
  void theValidationArchiveAloneNeedsTheListOfSynsetsForIndices() throws IOException {
    Files.delete(dir.resolve("ILSVRC2012_img_train.tar"));
    Path val = dir.resolve("ILSVRC2012_img_val.tar");
    Files.write(
        dir.resolve("val.txt"),
        List.of(
            "ILSVRC2012_val_00000001.JPEG 0",
            "ILSVRC2012_val_00000002.JPEG 2",
            "ILSVRC2012_val_00000003.JPEG 1",
            "ILSVRC2012_val_00000004.JPEG 0"));
    assertThatThrownBy(() -> Datasets.open(val, Split.VAL, STREAMED))
        .hasMessageContaining("no file lists these")
        .hasMessageContaining("synset_words.txt");
    Files.writeString(
        dir.resolve("synset_words.txt"),
        "n01440764 tench, Tinca tinca\nn02100735 English setter\nn02119789 kit fox, Vulpes\n");
    try (Dataset set = Datasets.open(val, Split.VAL, STREAMED)) {
      assertThat(set.size()).isEqualTo(4);
      assertThat(set.classes().get(set.label(0))).isEqualTo("n02119789");
      assertThat(set.displayNames().get(set.label(0))).isEqualTo("kit fox");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "readme.txt | x | there are no labels of the validation images",
        "ILSVRC2012_validation_ground_truth.txt | 3;1;2;3 | meta.mat of the development kit",
        "imagenet_2012_validation_synset_labels.txt | n01440764;n02119789 | 2 labels for 4",
        "val.txt | ILSVRC2012_val_00000001.JPEG 3 | no class 3 of 3",
        "val.txt | ILSVRC2012_val_00000001.JPEG 0 | no label of the validation image",
        "val.txt | cat.JPEG 0 | line 1: 'cat.JPEG' is no validation image",
        "val.txt | ILSVRC2012_val_00000001.JPEG cat | neither a synset nor a number",
        "imagenet_2012_validation_synset_labels.txt | n01440764;n02119789;n00000001;n01440764 |"
            + " name the synset n00000001"
      })
  void labelsThatDoNotFitAreRefusedWithTheWayOut(String file, String lines, String message)
      throws IOException {
    Files.writeString(dir.resolve(file), lines.replace(";", "\n"));
    assertThatThrownBy(() -> Datasets.open(dir, Split.TRAIN, STREAMED))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("; expected");
  }

  @Test
  void aDamagedMetaFileIsNamed() throws IOException {
    byte[] meta = meta();
    meta[140] ^= 0x55;
    Files.write(dir.resolve("meta.mat"), meta);
    assertThatThrownBy(() -> Datasets.open(dir, Split.TRAIN, STREAMED))
        .hasMessageContaining("cannot read meta.mat");
  }
}
