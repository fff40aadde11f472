using System;
using System.IO;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Pictures;
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
        Assert.Equal([255, 0, 0], Convert([255, 0, 0, 9], 4, 3));
        Assert.Equal([76], Convert([255, 0, 0, 9], 4, 1));
        Assert.Equal([5, 5, 5], Convert([5], 1, 3));
        Assert.Equal([5, 5, 5, 7, 7, 7], Convert([5, 99, 7, 88], 2, 3));

        static byte[] Convert(byte[] from, int channels, int toChannels)
        {
            byte[] to = new byte[from.Length / channels * toChannels];
            PictureChannels.Convert(from, channels, to, toChannels);
            return to;
        }
    }
}
