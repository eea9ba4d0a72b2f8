package dev.fovea.data.jpeg;

import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.UnsupportedImage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the markers of a JPEG file say: the frame, its scans with the tables that hold for each, and
 * whether the end of the image is marked.
 *
 * <p>Application segments and comments have no influence, nor has anything behind the end of the
 * image.
 *
 * @param frame size and components
 * @param scans in the order of the file; only one if it holds all components of a sequential frame
 * @param quantization the table of each component, in zigzag order; null for one without a scan
 * @param ended whether there is an end-of-image marker; otherwise the file ends with its last scan
 */
record JpegFile(Frame frame, List<Scan> scans, List<int @Nullable []> quantization, boolean ended) {
  /** Maximum number of scans, against files made to waste time; encoders write about ten. */
  private static final int MAX_SCANS = 500;

  /** The same limit for large images, as scans times pixels. */
  private static final long MAX_SCANNED_PIXELS = MAX_SCANS * 50_000_000L;

  /**
   * Reads the markers of the first image of a file whose header was read.
   *
   * @throws MalformedImage if a table or header is invalid, or the file ends before its scans do
   */
  static JpegFile read(byte[] file) throws MalformedImage {
    Reading reading = new Reading(file);
    boolean ended = true;
    try {
      reading.readAll();
    } catch (IndexOutOfBoundsException e) {
      if (!reading.inScan || reading.markers.start() + reading.markers.length() > file.length) {
        throw new MalformedImage("the file ends early");
      }
      reading.addScan(file.length);
      ended = false;
    }
    return reading.file(ended);
  }

  /** The state between markers. */
  private static final class Reading {
    private final byte[] b;
    private final JpegMarkers markers;
    private final Tables tables = new Tables();
    private final List<Scan> scans = new ArrayList<>();
    private final List<int @Nullable []> quantization = new ArrayList<>();
    private @Nullable Frame frame;
    private int scanCount;
    private boolean inScan;

    Reading(byte[] b) {
      this.b = b;
      this.markers = new JpegMarkers(b);
    }

    void readAll() throws MalformedImage {
      int frames = 0;
      for (int m = markers.next(); m != JpegMarkers.EOI; m = markers.next()) {
        if (JpegMarkers.isFrame(m)) {
          frames++;
        }
        if (frames > 1 || m == JpegMarkers.DHP) {
          throw new UnsupportedImage("the JPEG is hierarchical, which is not supported");
        }
        if (JpegMarkers.isFrame(m)) {
          frame = Frame.read(b, markers.start(), m == JpegMarkers.SOF2);
        } else if (m == JpegMarkers.DHT) {
          tables.addHuffman(b, markers.start(), markers.length());
        } else if (m == JpegMarkers.DQT) {
          tables.addQuantization(b, markers.start(), markers.length());
        } else if (m == JpegMarkers.DRI) {
          tables.addInterval(b, markers.start(), markers.length());
        } else if (m == JpegMarkers.SOS) {
          inScan = true;
          addScan(markers.endOfScan());
          inScan = false;
        }
      }
    }

    /** Adds the scan whose header was just read and whose data ends at an offset. */
    void addScan(int end) throws MalformedImage {
      Frame f = frame;
      if (f == null) {
        throw new MalformedImage("the JPEG has no frame header");
      }
      scanCount++;
      if (scanCount > MAX_SCANS || scanCount * (long) f.width() * f.height() > MAX_SCANNED_PIXELS) {
        throw new MalformedImage(
            "the JPEG has " + scanCount + " scans, far more than an encoder writes for its size");
      }
      if (scanCount == 1) {
        f.components().forEach(c -> quantization.add(null));
        if (!f.progressive()) {
          tables.addStandard();
        }
      } else if (isWhole(scans.get(0))) {
        throw new MalformedImage("the JPEG has a scan behind one that holds the whole image");
      }
      Scan scan = Scan.read(b, markers.start(), end, f, tables);
      for (Scan.Part part : scan.parts()) {
        if (quantization.get(part.component()) == null) {
          int index = f.components().get(part.component()).table();
          quantization.set(part.component(), tables.quantization(index));
        }
      }
      scans.add(scan);
    }

    private boolean isWhole(Scan first) {
      return frame != null
          && !frame.progressive()
          && first.parts().size() == frame.components().size();
    }

    JpegFile file(boolean ended) throws MalformedImage {
      if (frame == null || scans.isEmpty()) {
        throw new MalformedImage("the JPEG has no scan");
      }
      return new JpegFile(frame, scans, quantization, ended);
    }
  }

  /** Whether the first scan holds the whole image, so that no coefficients need to be kept. */
  boolean isSingleScan() {
    return !frame.progressive() && scans.get(0).parts().size() == frame.components().size();
  }
}
