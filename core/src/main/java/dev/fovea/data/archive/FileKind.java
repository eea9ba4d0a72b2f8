package dev.fovea.data.archive;

import dev.fovea.data.decode.ImageFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Classifies files whose suffix is not that of a supported image: an image by its content, an image
 * of an unsupported format, or something else.
 */
public final class FileKind {
  /** Number of leading bytes that are examined. */
  private static final int BYTES = 32;

  private static final int LONGEST_SUFFIX = 12;

  /** Suffixes of files that are certainly not images and need not be opened. */
  private static final Set<String> NO_IMAGES =
      Set.of(
          "txt",
          "md",
          "csv",
          "tsv",
          "json",
          "jsonl",
          "xml",
          "yaml",
          "yml",
          "toml",
          "ini",
          "html",
          "htm",
          "pdf",
          "log",
          "py",
          "ipynb",
          "sh",
          "bat",
          "java",
          "zip",
          "tar",
          "npy",
          "npz",
          "mat",
          "pkl",
          "h5",
          "hdf5",
          "parquet",
          "db",
          "lock",
          "pt",
          "pth",
          "safetensors",
          "mp4",
          "mov",
          "avi",
          "mkv",
          "webm",
          "wav",
          "mp3");

  /** Suffixes of compressed files, which are not opened within a set. */
  private static final Set<String> COMPRESSED =
      Set.of("gz", "tgz", "bz2", "tbz2", "xz", "txz", "zst", "7z", "rar");

  /** Unsupported image formats, by suffix. */
  private static final Map<String, String> FOREIGN =
      Map.ofEntries(
          Map.entry("heic", "HEIC"),
          Map.entry("heif", "HEIF"),
          Map.entry("hif", "HEIF"),
          Map.entry("avif", "AVIF"),
          Map.entry("jxl", "JPEG XL"),
          Map.entry("jp2", "JPEG 2000"),
          Map.entry("j2k", "JPEG 2000"),
          Map.entry("svg", "SVG"),
          Map.entry("ico", "icon"),
          Map.entry("psd", "Photoshop"),
          Map.entry("exr", "OpenEXR"),
          Map.entry("dcm", "DICOM"),
          Map.entry("cr2", "camera raw"),
          Map.entry("cr3", "camera raw"),
          Map.entry("nef", "camera raw"),
          Map.entry("arw", "camera raw"),
          Map.entry("dng", "camera raw"));

  /** A format detected by its first bytes, and its usual suffix. */
  private record Content(String format, String suffix) {
    boolean isRead() {
      return ImageFormat.isImageName("." + suffix);
    }
  }

  private FileKind() {}

  /** Explains why a file without an image suffix is ignored. */
  public static IgnoredFile ignored(Source source, Source.Entry entry) {
    String suffix = ImageFormat.suffix(entry.path());
    String kind =
        suffix.isEmpty()
            ? "without suffix"
            : suffix.length() > LONGEST_SUFFIX ? "of odd suffix" : "." + suffix;
    return new IgnoredFile(entry.path(), kind, reason(source, entry, suffix));
  }

  private static String reason(Source source, Source.Entry entry, String suffix) {
    if (NO_IMAGES.contains(suffix)) {
      return "not an image by its name";
    }
    if (COMPRESSED.contains(suffix)) {
      return "compressed; unpack it to use what is in it";
    }
    Content content;
    try {
      content = content(source.start(entry, BYTES));
    } catch (IOException | RuntimeException e) {
      return "not an image by its name, and it cannot be read: " + e.getMessage();
    }
    String foreign = content == null ? FOREIGN.get(suffix) : content.format;
    if (content != null && content.isRead()) {
      return "an image by its content ("
          + content.format
          + "); rename it to end in ."
          + content.suffix;
    } else if (foreign != null) {
      return "an image of an unsupported format ("
          + foreign
          + "); convert it to JPEG or PNG to use it";
    }
    return suffix.isEmpty()
        ? "its name has no suffix, and its content is not a known image format"
        : "not an image by its name";
  }

  private static @Nullable Content content(byte[] b) {
    if (startsWith(b, 0, "\u00ff\u00d8\u00ff")) {
      return new Content("JPEG", "jpg");
    } else if (startsWith(b, 0, "\u0089PNG\r\n\u001a\n")) {
      return new Content("PNG", "png");
    } else if (startsWith(b, 0, "GIF87a") || startsWith(b, 0, "GIF89a")) {
      return new Content("GIF", "gif");
    } else if (startsWith(b, 0, "RIFF") && startsWith(b, 8, "WEBP")) {
      return new Content("WebP", "webp");
    } else if (startsWith(b, 0, "BM")
        && b.length > 17
        && (b[14] == 12 || b[14] >= 40)
        && b[15] == 0) {
      return new Content("BMP", "bmp");
    } else if (startsWith(b, 0, "II*\0") || startsWith(b, 0, "MM\0*")) {
      return new Content("TIFF", "tif");
    } else if (b.length > 2 && b[0] == 'P' && Character.isWhitespace(b[2])) {
      return switch (b[1]) {
        case '1', '4' -> new Content("PBM", "pbm");
        case '2', '5' -> new Content("PGM", "pgm");
        case '3', '6' -> new Content("PPM", "ppm");
        default -> null;
      };
    } else if (startsWith(b, 4, "ftypavi")) {
      return new Content("AVIF", "avif");
    } else if (startsWith(b, 4, "ftyphei")
        || startsWith(b, 4, "ftyphev")
        || startsWith(b, 4, "ftypmif1")
        || startsWith(b, 4, "ftypmsf1")) {
      return new Content("HEIC", "heic");
    } else if (startsWith(b, 0, "\u00ff\n") || startsWith(b, 4, "JXL \r\n\u0087\n")) {
      return new Content("JPEG XL", "jxl");
    } else if (startsWith(b, 4, "jP  \r\n\u0087\n")) {
      return new Content("JPEG 2000", "jp2");
    }
    return null;
  }

  private static boolean startsWith(byte[] b, int at, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    if (b.length < at + wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (b[at + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }
}
