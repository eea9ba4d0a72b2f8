package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Reduction;
import dev.fovea.data.jpeg.JpegDecoder;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JpegDecoderTest {
  private static final int ALL = ImageDecoder.FULL_PIXELS;
  private static final byte[] EOI = {(byte) 0xff, (byte) 0xd9};

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] p : parts) {
      out.writeBytes(p);
    }
    return out.toByteArray();
  }

  private static byte[] bytes(int... values) {
    byte[] b = new byte[values.length];
    for (int i = 0; i < b.length; i++) {
      b[i] = (byte) values[i];
    }
    return b;
  }

  private static byte[] segment(int marker, byte[] content) {
    byte[] length = ByteBuffer.allocate(2).putShort((short) (content.length + 2)).array();
    return concat(bytes(0xff, marker), length, content);
  }

  /** {@code file} with {@code part} put in at a place. */
  private static byte[] with(byte[] file, int at, byte[] part) {
    return concat(Arrays.copyOf(file, at), part, Arrays.copyOfRange(file, at, file.length));
  }

  private static byte[] withoutEnd(byte[] file) {
    return Arrays.copyOf(file, file.length - 2);
  }

  /** Where the {@code n}th marker of this code stands, counted from 1. */
  private static int place(byte[] file, int marker, int n) {
    int left = n;
    for (int i = 0; i + 1 < file.length; i++) {
      if (file[i] == (byte) 0xff && file[i + 1] == (byte) marker && --left == 0) {
        return i;
      }
    }
    throw new AssertionError("no marker " + Integer.toHexString(marker));
  }

  private static Image expected(String name) throws IOException {
    return Golden.image(name + ".rgb");
  }

  private static void assertSame(byte[] file, Image expected) {
    Image image = ImageDecoder.decode(file, "a.jpg");
    assertThat(image.width()).isEqualTo(expected.width());
    assertThat(image.height()).isEqualTo(expected.height());
    assertThat(image.rgb()).isEqualTo(expected.rgb());
  }

  private static void assertRefused(byte[] file, String reason) {
    assertThatThrownBy(() -> ImageDecoder.decode(file, "cats/a.jpg"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("cats/a.jpg")
        .hasMessageContaining(reason);
  }

  /** What cameras and programs leave behind an image. */
  private static Map<String, byte[]> trailers() throws IOException {
    byte[] jpeg = Golden.bytes("444.jpg");
    Map<String, byte[]> t = new LinkedHashMap<>();
    t.put("zeros", new byte[500]);
    t.put("zeros and a scan marker", concat(new byte[500], bytes(0xff, 0xda, 0, 8, 1, 2, 3)));
    t.put("start of an image", bytes(0xff, 0xd8));
    t.put("another end", concat(EOI, EOI));
    t.put("an image", jpeg);
    t.put("an image that is cut", Arrays.copyOf(jpeg, jpeg.length / 2));
    t.put("a cut table", bytes(0xff, 0xc4, 0xff));
    t.put("a lone FF", bytes(0xff));
    t.put(
        "a video",
        concat(
            new byte[] {0, 0, 0, 24},
            "ftypmp42".getBytes(StandardCharsets.US_ASCII),
            bytes(0xff, 0xda, 0xff, 0xd8, 0xff, 0xc0, 0, 17),
            new byte[999]));
    return t;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"444.jpg", "422.jpg", "420.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg"})
  void whatFollowsTheEndOfTheImageHasNoInfluence(String name) throws IOException {
    for (Map.Entry<String, byte[]> t : trailers().entrySet()) {
      Image image = ImageDecoder.decode(concat(Golden.bytes(name), t.getValue()), name);
      assertThat(image.rgb()).as(t.getKey()).isEqualTo(expected(name).rgb());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"444.jpg", "422.jpg", "420.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg"})
  void anImageThatIsCutIsRefusedWhateverFollows(String name) throws IOException {
    byte[] whole = Golden.bytes(name);
    byte[] half = Arrays.copyOf(whole, whole.length * 3 / 4);
    assertRefused(half, "the file ends early");
    assertRefused(concat(half, new byte[500]), "the file ends early");
    assertRefused(concat(half, EOI), "the file ends early");
    assertRefused(concat(half, bytes(0xff, 0xff, 0xff, 0xd9)), "the file ends early");
    assertRefused(concat(half, whole), "another JPEG starts at byte " + half.length);
    assertRefused(concat(withoutEnd(whole), new byte[2]), "the file ends early");
    assertRefused(concat(withoutEnd(whole), new byte[500]), "the file ends early");
    assertRefused(concat(withoutEnd(whole), whole), "another JPEG starts");
    assertRefused(Arrays.copyOf(whole, whole.length - 3), "the file ends early");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"444.jpg", "422.jpg", "420.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg"})
  void anImageThatLacksNothingButItsEndMarkerIsRead(String name) throws IOException {
    byte[] whole = Golden.bytes(name);
    assertSame(withoutEnd(whole), expected(name));
    assertSame(Arrays.copyOf(whole, whole.length - 1), expected(name));
  }

  @Test
  void aProgressiveImageWithoutEndMarkerIsRefusedIfScansAreMissing() throws IOException {
    byte[] whole = Golden.bytes("progressive.jpg");
    for (int scan = 2; scan <= 5; scan++) {
      assertRefused(Arrays.copyOf(whole, place(whole, 0xc4, scan)), "the file ends early");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"420.jpg", "progressive.jpg"})
  void markersInsideSegmentsAndFillBytesAreNoMarkers(String name) throws IOException {
    byte[] plain = Golden.bytes(name);
    byte[] thumbnail = concat("Exif\0\0".getBytes(StandardCharsets.US_ASCII), plain);
    byte[] comment = segment(0xfe, concat(EOI, bytes(0xff, 0xda), EOI));
    int scan = place(plain, 0xda, 1);
    assertSame(with(plain, 2, segment(0xe1, thumbnail)), expected(name));
    assertSame(with(plain, 2, segment(0xe2, plain)), expected(name));
    assertSame(with(plain, scan, comment), expected(name));
    assertSame(with(plain, scan, bytes(0xff, 0xff, 0xff)), expected(name));
    assertSame(with(plain, scan, "junk".getBytes(StandardCharsets.US_ASCII)), expected(name));
    assertSame(with(plain, plain.length - 2, comment), expected(name));
    assertSame(with(plain, plain.length - 2, bytes(0xff, 0xff)), expected(name));
    byte[] lines = segment(0xdc, bytes(0, 47));
    assertSame(with(plain, plain.length - 2, lines), expected(name));
  }

  @Test
  void segmentsBetweenScansHaveNoInfluence() throws IOException {
    byte[] file = Golden.bytes("progressive.jpg");
    byte[] comment = segment(0xfe, concat(EOI, bytes(0xff, 0xd8, 0xff, 0xda)));
    for (int n = 5; n > 1; n--) {
      file = with(file, place(file, 0xda, n), concat(comment, segment(0xe5, EOI)));
    }
    assertSame(concat(file, bytes(0xff, 0xda)), expected("progressive.jpg"));
  }

  @Test
  void brokenProfilesAndOddMarkersOfProgramsHaveNoInfluence() throws IOException {
    byte[] plain = Golden.bytes("420.jpg");
    byte[] profile = "ICC_PROFILE\0\1\3nonsense".getBytes(StandardCharsets.US_ASCII);
    byte[] jfxx = "JFXX\0wab".getBytes(StandardCharsets.US_ASCII);
    assertSame(with(plain, 20, segment(0xe2, profile)), expected("420.jpg"));
    assertSame(with(plain, 20, segment(0xe0, jfxx)), expected("420.jpg"));
    assertSame(with(plain, 2, segment(0xee, bytes('A'))), expected("420.jpg"));
  }

  @Test
  void kindsThatAreNotReadAreRefusedByTheirNames() throws IOException {
    byte[] plain = Golden.bytes("420.jpg");
    int frame = place(plain, 0xc0, 1);
    byte[] frameHeader = Arrays.copyOfRange(plain, frame, frame + 19);
    byte[] hierarchical =
        with(plain, frame, concat(bytes(0xff, 0xde), Arrays.copyOfRange(frameHeader, 2, 19)));
    assertRefused(hierarchical, "hierarchical");
    assertRefused(with(plain, frame, frameHeader), "hierarchical");
    assertRefused(with(plain, 2, bytes(0xff, 0xd8)), "another JPEG starts at byte 2");
    int[][] kinds = {{1, 0xc3}, {1, 0xc9}, {1, 0xca}, {1, 0xc5}, {4, 12}};
    String[] names = {
      "lossless", "arithmetic-coded", "arithmetic-coded", "hierarchical", "12 bits"
    };
    for (int i = 0; i < kinds.length; i++) {
      byte[] other = plain.clone();
      other[frame + kinds[i][0]] = (byte) kinds[i][1];
      assertRefused(other, names[i]);
    }
    byte[] noHeight = plain.clone();
    Arrays.fill(noHeight, frame + 5, frame + 7, (byte) 0);
    assertRefused(noHeight, "states its height after its scan");
  }

  @Test
  void moreScansThanAnyEncoderWritesAreRefused() throws IOException {
    byte[] plain = Golden.bytes("progressive.jpg");
    int last = place(plain, 0xda, 2);
    byte[] scan = Arrays.copyOfRange(plain, last, place(plain, 0xda, 3));
    byte[][] many = new byte[501][];
    Arrays.fill(many, scan);

    assertRefused(with(plain, last, concat(many)), "scans, far more than");
  }

  @Test
  void inksAreTakenToBeInvertedWithOrWithoutAnAdobeMarker() throws IOException {
    byte[] marked = Golden.bytes("cmyk.jpg");
    int adobe = place(marked, 0xee, 1);
    byte[] unmarked =
        concat(Arrays.copyOf(marked, adobe), Arrays.copyOfRange(marked, adobe + 16, marked.length));

    assertSame(unmarked, expected("cmyk.jpg"));
  }

  @Test
  void everyOtherTransformOfAdobesMarkerMeansYcck() throws IOException {
    byte[] ycck = Golden.bytes("ycck.jpg");
    int adobe = place(ycck, 0xee, 1);
    ycck[adobe + 15] = 1;

    assertSame(ycck, expected("ycck.jpg"));
  }

  private static Map<String, byte[]> corpus() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    InputStream in =
        Objects.requireNonNull(JpegDecoderTest.class.getResourceAsStream("/data/image-corpus.zip"));
    try (ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        if (e.getName().endsWith(".jpg") && !e.getName().contains("arithmetic")) {
          files.put(e.getName(), zip.readAllBytes());
        }
      }
    }
    assertThat(files).hasSizeGreaterThan(100);
    return files;
  }

  @Test
  void reducingInBandsGivesTheSamePixelsForEveryKind() throws Exception {
    for (Map.Entry<String, byte[]> e : corpus().entrySet()) {
      JpegDecoder decoder = JpegDecoder.open(e.getValue());
      Image whole = decoder.decode();
      for (int factor = 2; factor <= 5; factor++) {
        Reduction reduction = new Reduction(whole.width(), whole.height(), factor);
        reduction.add(whole.rgb(), whole.height());
        Image bands = decoder.reduce(factor);
        assertThat(bands.width()).isEqualTo(reduction.image().width());
        assertThat(bands.rgb())
            .as("%s by %d", e.getKey(), factor)
            .isEqualTo(reduction.image().rgb());
      }
    }
  }

  @Test
  void reducingEqualsPillowsByteForByte() throws IOException {
    Image source = Golden.image("source.rgb");
    try (DataInputStream in =
        new DataInputStream(
            Objects.requireNonNull(
                JpegDecoderTest.class.getResourceAsStream("/data/golden/reduce.bin")))) {
      for (int factor : new int[] {2, 3, 4, 5, 7, 60}) {
        Image expected = Golden.next(in);
        int pixels = expected.width() * expected.height();
        Reduction inSteps = new Reduction(source.width(), source.height(), factor);
        int rows = factor * 2;
        for (int y = 0; y < source.height(); y += rows) {
          int n = Math.min(rows, source.height() - y);
          byte[] part =
              Arrays.copyOfRange(
                  source.rgb(), y * source.width() * 3, (y + n) * source.width() * 3);
          inSteps.add(part, n);
        }
        assertThat(inSteps.image().rgb()).as("by %d", factor).isEqualTo(expected.rgb());
        if (Reduction.factor(source.width(), source.height(), pixels) == factor) {
          assertThat(Reduction.within(source, pixels).rgb()).isEqualTo(expected.rgb());
        }
      }
    }
  }

  @Test
  void theFactorIsTheSmallestThatSuffices() {
    assertThat(Reduction.factor(10, 10, 100)).isEqualTo(1);
    assertThat(Reduction.factor(10, 10, 99)).isEqualTo(2);
    assertThat(Reduction.factor(12000, 9000, ALL)).isEqualTo(2);
    assertThat(Reduction.factor(16320, 12240, ALL)).isEqualTo(2);
    assertThat(Reduction.factor(20000, 12500, ALL)).isEqualTo(3);
  }

  @Tag("shared")
  @ParameterizedTest
  @CsvSource({
    "dqt16-q1.jpg, 61, 43, 7ced829b06d5ee28",
    "trailing-ffda.jpg, 61, 43, 96b4d3c901abdb89",
    "exif-orientation-long.jpg, 43, 61, 50a6124426b2392b",
    "xmp-orientation.jpg, 61, 43, 9df6c97264c43549"
  })
  void filesThatWereWrongEqualPillowsPixels(String name, int width, int height, String sha256)
      throws IOException, NoSuchAlgorithmException {
    Path file = Path.of(System.getProperty("fovea.shared"), "cases", name);
    Image image = ImageDecoder.decode(Files.readAllBytes(file), name);

    assertThat(image.width()).isEqualTo(width);
    assertThat(image.height()).isEqualTo(height);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(image.rgb());
    assertThat(HexFormat.of().formatHex(digest)).startsWith(sha256);
  }
}
