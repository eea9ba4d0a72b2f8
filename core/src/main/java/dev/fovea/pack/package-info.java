/**
 * Packs: a data set as shards of small pictures in a random order, byte-equal whoever makes it.
 *
 * <p>A pack is a folder of WebDataset shards ({@code train-000000.tar}: {@code KEY.jpg} or {@code
 * KEY.ppm} and {@code KEY.cls}), {@code classes.txt}, and {@code pack.json}, which says what it was
 * made of and how, and which is written last. {@link dev.fovea.pack.Packer} makes one and goes on
 * after it was stopped; {@link dev.fovea.pack.PackSettings} decide its bytes. Packs are read by
 * {@link dev.fovea.data.source} like any shards.
 *
 * <p>Reading order: {@link dev.fovea.pack.Packer}, {@link dev.fovea.pack.PackSettings}, {@code
 * PictureQueue}, {@code PictureEncoder}, {@code ShardFile}, {@code TarHeader}, {@code PackFolder},
 * {@link dev.fovea.pack.PackRecord}. Next: package {@link dev.fovea.eval}.
 */
@NullMarked
package dev.fovea.pack;

import org.jspecify.annotations.NullMarked;
