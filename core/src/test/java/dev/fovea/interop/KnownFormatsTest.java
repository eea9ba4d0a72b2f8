package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that are often given in place of weights: each is named, with the way out. */
class KnownFormatsTest {
  @TempDir private Path folder;

  static Stream<Arguments> files() throws IOException {
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
      out.write(Zip.oneVector().bytes());
    }
    byte[] tar = new byte[512];
    System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
    return Stream.of(
        Arguments.of("an empty file", new byte[0], "is empty", "get it again"),
        Arguments.of(
            "a Git LFS pointer",
            text(
                """
                version https://git-lfs.github.com/spec/v1
                oid sha256:4d7a2146
                size 102530333
                """),
            "is a Git LFS pointer, a text file of 78 bytes in place of the file of 102530333 bytes",
            "git lfs pull"),
        Arguments.of(
            "a web page", text("\n<!DOCTYPE html>\n<html lang=\"en\">"), "(HTML)", "download"),
        Arguments.of("a web page with a mark", text("\ufeff<HTML><head>"), "(HTML)", "download"),
        Arguments.of(
            "a server's error",
            text("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"),
            "an XML file",
            "download the file again"),
        Arguments.of(
            "an index of shards",
            text(
                "{\"metadata\": {\"total_size\": 5}, \"weight_map\": {  \"a.weight\":"
                    + " \"model-00001-of-00002.safetensors\",  \"b\": \"x\"}}"),
            "split across several files (model-00001-of-00002.safetensors, ...)",
            "safetensors.torch.save_file"),
        Arguments.of(
            "a configuration",
            text("{\"architectures\": [\"ResNetForImageClassification\"]}"),
            "is a JSON file",
            "pytorch_model.bin"),
        Arguments.of("gzip", gzip.toByteArray(), "is compressed (gzip)", "'gunzip'"),
        Arguments.of("bzip2", text("BZh91AY&SY"), "is compressed (bzip2)", "'bunzip2'"),
        Arguments.of("xz", bytes(0xfd, '7', 'z', 'X', 'Z', 0), "is compressed (xz)", "'unxz'"),
        Arguments.of("zstd", bytes(0x28, 0xb5, 0x2f, 0xfd), "is compressed (zstd)", "'unzstd'"),
        Arguments.of("tar", tar, "is a tar archive", "tar -xf"),
        Arguments.of(
            "Keras' h5",
            bytes(0x89, 'H', 'D', 'F', 13, 10, 26, 10, 0),
            "is an HDF5 file (.h5)",
            "safetensors.torch.save_file"),
        Arguments.of(
            "ONNX",
            bytes(8, 7, 0x12, 7, 'p', 'y', 't', 'o', 'r', 'c', 'h'),
            "is an ONNX model",
            "state_dict()"),
        Arguments.of(
            "a SavedModel", bytes(8, 1, 0x12, 0x80, 1), "a TensorFlow SavedModel", "save_file"),
        Arguments.of(
            "TensorFlow Lite",
            bytes(0x1c, 0, 0, 0, 'T', 'F', 'L', '3'),
            "TensorFlow Lite",
            "save_file"),
        Arguments.of("an array", bytes(0x93, 'N', 'U', 'M', 'P', 'Y', 1), "(.npy)", "save_file"),
        Arguments.of(
            "a TorchScript archive with compressed code",
            zip("net/code/__torch__.py", "net/constants.pkl", "net/data.pkl"),
            "is a TorchScript archive, which contains code",
            "torch.jit.load(FILE).state_dict()"),
        Arguments.of(
            "a program of torch.export",
            zip("archive_format", "models/model.json", "version"),
            "torch.export",
            "torch.export.load(FILE)"),
        Arguments.of(
            "Keras' zip",
            zip("metadata.json", "config.json", "model.weights.h5"),
            "is a Keras model (.keras)",
            "save_file"),
        Arguments.of("NumPy's zip", zip("arr_0.npy"), "(.npz)", "save_file"),
        Arguments.of(
            "a zip around the weights",
            zip("readme.txt", "resnet/resnet18.pth"),
            "is a zip file with other files in it",
            "'resnet/resnet18.pth'"));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] zip(String... names) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (String name : names) {
        out.putNextEntry(new ZipEntry(name));
        out.write(new byte[100]);
      }
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  void isNamedWithTheWayOut(String name, byte[] content, String what, String wayOut)
      throws IOException {
    Path file = Files.write(folder.resolve("weights.pth"), content);
    assertThatThrownBy(() -> ForeignFile.open(file))
        .as(name)
        .isExactlyInstanceOf(InteropException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(what)
        .hasMessageContaining(wayOut)
        .message()
        .doesNotContain("\n");
  }
}
