using System;
using System.IO;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Data;

public sealed class DataFileTests
{
    [Theory]
    [InlineData(new[] { 2, 3 }), InlineData(new[] { 7 }), InlineData(new int[0]), InlineData(new[] { 0, 4 })]
    public void NpyComesBack(int[] shape)
    {
        HostTensor tensor = RandomTensor.Floats(1, shape);
        using MemoryStream stream = new();
        new NpyFile(tensor.Type, tensor.Shape, tensor.Bytes).Write(stream);
        Assert.Equal(0, (stream.Length - tensor.Bytes.Length) % 64);
        stream.Position = 0;
        NpyFile read = NpyFile.Read(stream);
        Assert.Equal(tensor.Shape, read.Shape);
        Assert.Equal(tensor.Bytes, read.Bytes);
    }

    [Fact]
    public void DamagedNpyIsRefused()
    {
        using MemoryStream stream = new();
        new NpyFile(ElementType.Float32, [4], new byte[16]).Write(stream);
        byte[] good = stream.ToArray();
        for (int length = 0; length < good.Length; length++)
            Assert.Throws<InvalidDataException>(() => NpyFile.Read(new MemoryStream(good[..length])));
        Random random = new(5);
        for (int i = 0; i < 500; i++)
        {
            byte[] bad = [.. good];
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                NpyFile.Read(new MemoryStream(bad));
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Fact]
    public void PicturesChangeTheirChannels()
    {
        PixelImage rgba = new(1, 1, 4, [255, 0, 0, 9]);
        Assert.Equal([255, 0, 0], rgba.WithChannels(3).Pixels);
        Assert.Equal([76], rgba.WithChannels(1).Pixels);
        Assert.Equal([5, 5, 5], new PixelImage(1, 1, 1, [5]).WithChannels(3).Pixels);
    }
}
