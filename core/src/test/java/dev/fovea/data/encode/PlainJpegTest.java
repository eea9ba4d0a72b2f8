package dev.fovea.data.encode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
class PlainJpegTest {
  private static byte[] jpeg() {
    Image image = Image.black(40, 30);
    Arrays.fill(image.rgb(), 600, 900, (byte) 200);
    return new JpegEncoder(90, ChromaSampling.QUARTER).encode(image);
  }

  private static byte[] withSegment(byte[] file, int marker, byte[] content) {
    return ByteBuffer.allocate(file.length + content.length + 4)
        .put(file, 0, 2)
        .put((byte) 0xff)
        .put((byte) marker)
        .putShort((short) (content.length + 2))
        .put(content)
        .put(file, 2, file.length - 2)
        .array();
  }

  @Test
  void metadataAndWhatFollowsTheImageAreLeftOut() {
    byte[] file = jpeg();
    byte[] text = "Exif\0\0 somebody at home".getBytes(StandardCharsets.US_ASCII);
    byte[] decorated = withSegment(withSegment(file, 0xe1, text), 0xfe, text);
    byte[] longer = Arrays.copyOf(decorated, decorated.length + 1000);
    assertThat(PlainJpeg.of(longer)).hasValueSatisfying(p -> assertThat(p).isEqualTo(file));
    assertThat(PlainJpeg.of(file)).hasValueSatisfying(p -> assertThat(p).isEqualTo(file));
  }

  @Test
  void headersThatSayHowColorsAreStoredAreKept() {
    byte[] adobe =
        withSegment(jpeg(), 0xee, "Adobe\0d\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
    assertThat(PlainJpeg.of(adobe)).hasValueSatisfying(p -> assertThat(p).isEqualTo(adobe));
    byte[] foreign = withSegment(jpeg(), 0xee, "other".getBytes(StandardCharsets.US_ASCII));
    assertThat(PlainJpeg.of(foreign)).hasValueSatisfying(p -> assertThat(p).isEqualTo(jpeg()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"420.jpg", "422.jpg", "444.jpg", "grey.jpg", "progressive.jpg"})
  void thePixelsStayTheSame(String name) throws IOException {
    byte[] file = Golden.bytes(name);
    byte[] plain = PlainJpeg.of(file).orElseThrow();
    assertThat(ImageDecoder.decode(plain, name).rgb())
        .isEqualTo(ImageDecoder.decode(file, name).rgb());
  }

  @Test
  void whatIsNotCleanIsNotTaken() {
    byte[] file = jpeg();
    assertThat(PlainJpeg.of(Arrays.copyOf(file, file.length - 2))).isEmpty();
    assertThat(PlainJpeg.of(Arrays.copyOf(file, 100))).isEmpty();
    assertThat(PlainJpeg.of(new byte[] {'P', '6', '\n'})).isEmpty();
    assertThat(PlainJpeg.of(new byte[0])).isEqualTo(Optional.empty());
    byte[] stray = withSegment(file, 0xe1, new byte[3]);
    stray[2] = 0;
    assertThat(PlainJpeg.of(stray)).isEmpty();
  }
}
