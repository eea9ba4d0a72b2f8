package dev.fovea.interop;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Recognizes files that are often passed in place of weights, and says what to do with them. */
final class KnownFormats {
  private static final String EXPECTED =
      "; expected a file written by torch.save (.pt, .pth, .bin) or a safetensors file";
  private static final String CONVERT =
      "; load it with its own program and save its weights under torchvision's names with"
          + " safetensors.torch.save_file(state_dict, 'weights.safetensors')";
  private static final int TAR_MAGIC_AT = 257;

  /** The bytes at an offset that identify a format. */
  private record Magic(int at, String bytes, String what) {
    boolean fits(byte[] head) {
      for (int i = 0; i < bytes.length(); i++) {
        if ((head[at + i] & 255) != bytes.charAt(i)) {
          return false;
        }
      }
      return true;
    }
  }

  private static final List<Magic> BINARY =
      List.of(
          new Magic(0, "\u001f\u008b", packed("gzip", "gunzip")),
          new Magic(0, "BZh", packed("bzip2", "bunzip2")),
          new Magic(0, "\u00fd7zXZ", packed("xz", "unxz")),
          new Magic(0, "(\u00b5/\u00fd", packed("zstd", "unzstd")),
          new Magic(0, "7z\u00bc\u00af", packed("7-Zip", "7z x")),
          new Magic(0, "Rar!", packed("RAR", "unrar x")),
          new Magic(
              TAR_MAGIC_AT,
              "ustar",
              "is a tar archive; unpack it with 'tar -xf' and pass the weights file in it, or, if"
                  + " PyTorch before 0.1.10 wrote it, save it again with a newer PyTorch"),
          new Magic(
              0,
              "\u0089HDF\r\n",
              "is an HDF5 file (.h5), as Keras and TensorFlow write them" + CONVERT),
          new Magic(4, "TFL3", "is a TensorFlow Lite model" + CONVERT),
          new Magic(0, "\u0008\u0001\u0012", "is a TensorFlow SavedModel" + CONVERT),
          new Magic(0, "\u0093NUMPY", "is a NumPy array (.npy)" + CONVERT),
          new Magic(0, "MATLAB 5", "is a MATLAB file (.mat)" + CONVERT),
          new Magic(
              0,
              "GGUF",
              "is a GGUF file, which holds a language model; Fovea reads image classifiers"),
          new Magic(0, "\u0089PNG", "is an image (PNG)" + EXPECTED),
          new Magic(0, "\u00ff\u00d8\u00ff", "is an image (JPEG)" + EXPECTED));

  private static final Pattern LFS_SIZE = Pattern.compile("(?m)^size (\\d{1,18})$");
  private static final Pattern SHARD = Pattern.compile("\"([^\"\\\\]{1,200})\"\\s*[,}]");

  private KnownFormats() {}

  private static String packed(String format, String command) {
    return "is compressed ("
        + format
        + "); unpack it with '"
        + command
        + "' and pass the weights file in it";
  }

  /**
   * Describes a file that is neither PyTorch nor safetensors, and what to do with it.
   *
   * @param head its first bytes, padded with zeros
   */
  static String of(byte[] head, long size) {
    if (size == 0) {
      return "is empty (0 bytes); the download or copy did not finish: get it again";
    }
    for (Magic magic : BINARY) {
      if (magic.fits(head)) {
        return magic.what();
      }
    }
    if (isOnnx(head)) {
      return "is an ONNX model, which brings its own network: import it as such, without naming"
          + " one, or, in Python, save the state_dict() of the model that this was exported from";
    }
    String text =
        new String(head, 0, (int) Math.min(head.length, size), StandardCharsets.UTF_8)
            .replace("\ufeff", "")
            .stripLeading();
    return text(text, size)
        .orElse(
            "is neither a PyTorch file nor a safetensors file; pass a .pt, .pth, .th,"
                + " .bin or .safetensors file");
  }

  // ModelProto starts with its IR version, 3 or more, followed by another field.
  private static boolean isOnnx(byte[] head) {
    return head[0] == 8
        && head[1] >= 3
        && head[1] < 32
        && (head[2] == 0x12
            || head[2] == 0x1a
            || head[2] == 0x22
            || head[2] == 0x3a
            || head[2] == 0x42);
  }

  private static Optional<String> text(String text, long size) {
    String lower = text.substring(0, Math.min(text.length(), 200)).toLowerCase(Locale.ROOT);
    if (lower.startsWith("version https://git-lfs.github.com/spec/")) {
      Matcher real = LFS_SIZE.matcher(text);
      return Optional.of(
          "is a Git LFS pointer, a text file of "
              + size
              + " bytes in place of the file"
              + (real.find() ? " of " + real.group(1) + " bytes" : "")
              + "; fetch the file itself with 'git lfs pull', or download it");
    }
    if (lower.startsWith("<!doctype html")
        || lower.startsWith("<html")
        || lower.startsWith("<head")) {
      return Optional.of(
          "is a web page (HTML) that was saved in place of the file, for example a login, error or"
              + " preview page; download the file itself with its direct link");
    }
    if (lower.startsWith("<?xml") || lower.startsWith("<error")) {
      return Optional.of(
          "is an XML file, for example a server's error message in place of the file; open it in a"
              + " text editor to read it, and download the file again");
    }
    if (lower.startsWith("{") || lower.startsWith("[")) {
      return Optional.of(json(text));
    }
    return Optional.empty();
  }

  private static String json(String text) {
    if (text.contains("\"weight_map\"")) {
      Matcher shard = SHARD.matcher(text.substring(text.indexOf("\"weight_map\"") + 12));
      return "is the index of weights that are split across several files"
          + (shard.find() ? " (" + InteropException.printable(shard.group(1)) + ", ...)" : "")
          + "; merge them in Python: load all files into one dictionary and save it with"
          + " safetensors.torch.save_file";
    }
    return "is a JSON file, such as a configuration, and contains no weights; they are in another"
        + " file, often model.safetensors or pytorch_model.bin beside it";
  }

  /**
   * Refuses zip files that were not written by torch.save.
   *
   * @param names the names of the entries; empty if they cannot be listed
   */
  static void refuseOtherZips(Path path, List<String> names) {
    zip(names)
        .ifPresent(
            what -> {
              throw InteropException.of(path, what);
            });
  }

  private static Optional<String> zip(List<String> names) {
    if (has(names, "[^/]+/(constants\\.pkl|bytecode\\.pkl|attributes\\.pkl|code/.*)")) {
      return Optional.of(
          "is a TorchScript archive, which contains code; in Python, save its weights:"
              + " torch.save(torch.jit.load(FILE).state_dict(), 'weights.pt')");
    }
    if (has(names, "(.*/)?(models/.*\\.json|serialized_exported_program\\.json)")
        && !has(names, "[^/]*/data\\.pkl")) {
      return Optional.of(
          "is a program exported by torch.export (.pt2); in Python, save its weights:"
              + " torch.save(dict(torch.export.load(FILE).state_dict), 'weights.pt')");
    }
    if (has(names, "model\\.weights\\.h5")) {
      return Optional.of("is a Keras model (.keras)" + CONVERT);
    }
    if (has(names, "(.*/)?saved_model\\.pb")) {
      return Optional.of("is a zip file with a TensorFlow SavedModel" + CONVERT);
    }
    if (has(names, ".*\\.npy")) {
      return Optional.of("holds NumPy arrays (.npz)" + CONVERT);
    }
    Optional<String> inner =
        names.stream()
            .filter(n -> n.matches("(?s).*\\.(pth|pt|th|bin|tar|safetensors)"))
            .filter(n -> !has(names, "[^/]*/data\\.pkl"))
            .findFirst();
    return inner.map(
        n ->
            "is a zip file with other files in it; unpack it and pass the weights file, perhaps '"
                + InteropException.printable(n)
                + "'");
  }

  private static boolean has(List<String> names, String regex) {
    Pattern pattern = Pattern.compile(regex, Pattern.DOTALL);
    return names.stream().anyMatch(n -> pattern.matcher(n).matches());
  }
}
