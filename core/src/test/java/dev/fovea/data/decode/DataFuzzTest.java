package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.Damage;
import dev.fovea.Fuzz;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.TestImages;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged images, archives and binaries, with damage that keeps outer checksums whole. */
class DataFuzzTest {
  private static final Set<Class<? extends Exception>> DECLARED = Set.of(DataException.class);
  private static final DecodeLimits LIMITS = new DecodeLimits(1_000_000, 1_000_000, true);

  private static final DatasetOptions OPTIONS = DatasetOptions.STANDARD.withLimits(LIMITS);

  /** A megapixel, as samples of 32 bits and as RGB, several times over. */
  private static final long MOST_BYTES = 64L << 20;

  @TempDir private Path folder;

  private static Fuzz.Outcome images(String name, int rounds, Fuzz.Source source) {
    return Fuzz.of(name, rounds, MOST_BYTES, DECLARED)
        .run(
            source,
            bytes -> {
              Image image = ImageDecoder.decode(bytes, "mutated", LIMITS);
              assertThat((long) image.width() * image.height()).isLessThanOrEqualTo(1_000_000);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "interlaced.png",
        "420.jpg",
        "progressive.jpg",
        "ycck.jpg",
        "exif6.jpg",
        "one.gif",
        "palette.bmp",
        "lossless.webp",
        "lossy-alpha.webp"
      })
  void damagedImages(String name) throws IOException {
    byte[] good = Golden.bytes(name);
    Fuzz.Outcome o = images(name, 150, random -> Damage.bytes(good, random));
    assertThat(o.refused()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"webp-", "tiff-", "pnm-", "bmp-", "gif-"})
  void damagedImagesOfEveryKindOfTheCorpus(String format) throws IOException {
    List<byte[]> good = new ArrayList<>();
    ImageCorpus.files()
        .forEach(
            (name, file) -> {
              if (name.startsWith(format)) {
                good.add(file);
              }
            });
    Fuzz.Outcome o =
        images(
            "corpus-" + format,
            1500,
            random -> Damage.bytes(good.get(random.nextInt(good.size())), random));
    assertThat(o.refused()).isPositive();
    assertThat(o.read()).isPositive();
  }

  @Test
  void damagedChunksOfPngUnderRightChecksums() throws IOException {
    byte[] good = Golden.bytes("interlaced.png");
    List<byte[]> chunks = new ArrayList<>();
    for (int at = 8; at < good.length; ) {
      int length = ByteBuffer.wrap(good).getInt(at);
      chunks.add(java.util.Arrays.copyOfRange(good, at + 4, at + 8 + length));
      at += 12 + length;
    }
    images(
        "png-chunks",
        400,
        random -> {
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          out.write(good, 0, 8);
          for (byte[] chunk : Damage.parts(chunks, random)) {
            CRC32 crc = new CRC32();
            crc.update(chunk);
            out.writeBytes(ByteBuffer.allocate(4).putInt(chunk.length - 4).array());
            out.writeBytes(chunk);
            out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
          }
          return out.toByteArray();
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"420.jpg", "progressive.jpg", "exif6.jpg"})
  void damagedSegmentsOfJpegOfTheRightLength(String name) throws IOException {
    byte[] good = Golden.bytes(name);
    List<byte[]> segments = new ArrayList<>();
    int at = 2;
    while ((good[at + 1] & 255) != 0xda) {
      int length = 2 + (ByteBuffer.wrap(good).getShort(at + 2) & 0xffff);
      segments.add(java.util.Arrays.copyOfRange(good, at, at + length));
      at += length;
    }
    byte[] scan = java.util.Arrays.copyOfRange(good, at, good.length);
    images(
        "segments-" + name,
        200,
        random -> {
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          out.write(good, 0, 2);
          for (byte[] segment : Damage.parts(segments, random)) {
            byte[] whole = segment.clone();
            if (whole.length >= 4 && random.nextInt(4) > 0) {
              ByteBuffer.wrap(whole).putShort(2, (short) (whole.length - 2));
            }
            out.writeBytes(whole);
          }
          out.writeBytes(scan);
          return out.toByteArray();
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"420.jpg", "progressive.jpg"})
  void damagedJpegsWithDataBehindThemAreReadAsWithout(String name) throws IOException {
    byte[] good = Golden.bytes(name);
    images(
        "trailed-" + name,
        200,
        random -> {
          byte[] bytes = Damage.bytes(good, random);
          byte[] trailer = random.nextBoolean() ? good : new byte[random.nextInt(300)];
          @Nullable Image image;
          try {
            image = ImageDecoder.decode(bytes, "damaged", LIMITS);
          } catch (DataException e) {
            image = null;
          }
          byte[] trailed = java.util.Arrays.copyOf(bytes, bytes.length + trailer.length);
          System.arraycopy(trailer, 0, trailed, bytes.length, trailer.length);
          if (image != null) {
            assertThat(ImageDecoder.decode(trailed, "trailed", LIMITS).rgb())
                .isEqualTo(image.rgb());
          }
          return trailed;
        });
  }

  @Test
  void damagedOrientations() {
    byte[] tiff = new byte[64];
    ByteBuffer.wrap(tiff)
        .put("MM\0*\0\0\0\u0008\0\3".getBytes(StandardCharsets.ISO_8859_1))
        .put("\1\17\0\2\0\0\0\u0008\0\0\0\62".getBytes(StandardCharsets.ISO_8859_1))
        .put("\1\22\0\4\0\0\0\2\0\0\0\62".getBytes(StandardCharsets.ISO_8859_1))
        .put("\1\22\0\3\0\0\0\1\0\6\0\0".getBytes(StandardCharsets.ISO_8859_1));
    Fuzz.of("exif", 2000, MOST_BYTES, DECLARED)
        .run(
            random -> Damage.bytes(tiff, random),
            bytes -> {
              assertThat(Exif.orientation(bytes, 0, bytes.length)).isBetween(1, 8);
              assertThat(Xmp.find(bytes, 0, bytes.length).orElse(0)).isBetween(0, 9);
            });
  }

  private void archive(String name, int rounds, Fuzz.Source source) {
    Path file = folder.resolve(name);
    Fuzz.Outcome o =
        Fuzz.of(name, rounds, MOST_BYTES, DECLARED)
            .run(
                source,
                bytes -> {
                  Files.write(file, bytes);
                  try (Dataset set = Datasets.open(file, Split.ALL, OPTIONS)) {
                    for (int i = 0; i < set.size(); i++) {
                      assertThat(set.image(i).width()).isPositive();
                    }
                  }
                });
    assertThat(o.refused()).isPositive();
    assertThat(o.read()).isPositive();
  }

  @Test
  void damagedTarsUnderRightChecksums() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (String n : List.of("a/1.png", "b/" + "x".repeat(120) + ".png", "b/3.png")) {
        byte[] png = TestImages.png(3, 2, n.length());
        TarArchiveEntry e = new TarArchiveEntry(n);
        e.setSize(png.length);
        tar.putArchiveEntry(e);
        tar.write(png);
        tar.closeArchiveEntry();
      }
    }
    byte[] good = out.toByteArray();
    archive("mutated.tar", 300, random -> tar(good, random));
  }

  /** Damage anywhere, or in headers, whose sums are then made right. */
  private static byte[] tar(byte[] good, SplittableRandom random) {
    if (random.nextInt(3) == 0) {
      return Damage.bytes(good, random);
    }
    byte[] tar = good.clone();
    for (int n = random.nextInt(3); n >= 0; n--) {
      int block = random.nextInt(tar.length / 512) * 512;
      int at = block + random.nextInt(345);
      switch (random.nextInt(4)) {
        case 0 -> tar[at] = (byte) random.nextInt(256);
        case 1 ->
            System.arraycopy(
                "777777777777".getBytes(StandardCharsets.US_ASCII), 0, tar, block + 124, 12);
        case 2 -> {
          tar[block + 124] = (byte) 0x80;
          Damage.number(tar, block + 128, random);
        }
        default -> tar[block + 156] = (byte) "0123456LKxgSV".charAt(random.nextInt(13));
      }
      java.util.Arrays.fill(tar, block + 148, block + 156, (byte) ' ');
      int sum = 0;
      for (int i = 0; i < 512; i++) {
        sum += tar[block + i] & 255;
      }
      byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(text, 0, tar, block + 148, 8);
    }
    return tar;
  }

  @Test
  void damagedZips() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (String n : List.of("a/1.png", "b/2.png", "b/ä.png")) {
        zip.putNextEntry(new ZipEntry(n));
        zip.write(TestImages.png(3, 2, n.length()));
      }
    }
    byte[] good = out.toByteArray();
    archive("mutated.zip", 300, random -> Damage.bytes(good, random));
  }

  @Test
  void damagedIdxFiles() {
    fuzzFolder(
        "idx",
        random -> {
          ByteArrayOutputStream images = new ByteArrayOutputStream();
          ByteArrayOutputStream labels = new ByteArrayOutputStream();
          DataOutputStream i = new DataOutputStream(images);
          DataOutputStream l = new DataOutputStream(labels);
          for (int v : new int[] {0x803, 5, 2, 3}) {
            i.writeInt(v);
          }
          i.write(new byte[30]);
          l.writeInt(0x801);
          l.writeInt(5);
          l.write(new byte[] {0, 1, 2, 1, 0});
          boolean first = random.nextBoolean();
          byte[] a = first ? Damage.bytes(images.toByteArray(), random) : images.toByteArray();
          byte[] b = first ? labels.toByteArray() : Damage.bytes(labels.toByteArray(), random);
          return ByteBuffer.allocate(4 + a.length + b.length)
              .putInt(a.length)
              .put(a)
              .put(b)
              .array();
        },
        bytes -> {
          ByteBuffer in = ByteBuffer.wrap(bytes);
          byte[] images = new byte[in.getInt()];
          in.get(images);
          byte[] labels = new byte[in.remaining()];
          in.get(labels);
          Files.write(folder.resolve("train-images-idx3-ubyte"), images);
          Files.write(folder.resolve("train-labels-idx1-ubyte"), labels);
        });
  }

  @Test
  void damagedCifarFiles() {
    byte[] record = new byte[3 * 3073];
    record[3073] = 9;
    fuzzFolder(
        "cifar",
        random -> random.nextInt(4) == 0 ? Damage.bytes(record, random) : labels(record, random),
        bytes -> Files.write(folder.resolve("test_batch.bin"), bytes));
  }

  private static byte[] labels(byte[] record, SplittableRandom random) {
    byte[] r = record.clone();
    r[3073 * random.nextInt(3)] = (byte) random.nextInt(256);
    return r;
  }

  private void fuzzFolder(String name, Fuzz.Source source, Fuzz.Reader write) {
    Split split = name.equals("idx") ? Split.TRAIN : Split.VAL;
    Fuzz.Outcome o =
        Fuzz.of(name, 300, MOST_BYTES, DECLARED)
            .run(
                source,
                bytes -> {
                  write.read(bytes);
                  try (Dataset set = Datasets.open(folder, split, OPTIONS)) {
                    for (int i = 0; i < set.size(); i++) {
                      assertThat(set.label(i)).isBetween(0, set.classes().size() - 1);
                      assertThat(set.image(i).width()).isPositive();
                    }
                  }
                });
    assertThat(o.refused()).isPositive();
    assertThat(o.read()).isPositive();
  }
}
