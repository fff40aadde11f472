using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Pictures;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Data;

/// <summary>From pictures to inputs, as apps and calibration have it.</summary>
public sealed class PictureConversionTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Sizes up and down, whole and odd ratios; lengths around those of vectors.</summary>
    [Theory]
    [InlineData(13, 7, 3, 5, 5, 3), InlineData(3, 4, 3, 17, 9, 3), InlineData(64, 48, 4, 8, 6, 3), InlineData(100, 31, 1, 10, 31, 3), InlineData(33, 70, 3, 16, 16, 1), InlineData(1, 1, 3, 4, 4, 3), InlineData(200, 150, 2, 224, 224, 1)]
    public void ScalingIsBilinearWithAntialiasing(int width, int height, int channels, int toWidth, int toHeight, int toChannels)
    {
        byte[] pixels = Noise(width * height * channels);
        PictureFrame frame = PictureFrame.Of(PreProcessing.None, width, height, toWidth, toHeight);
        byte[] scaled = new byte[toWidth * toHeight * toChannels];
        new PictureScaler().Scale(pixels, width, height, channels, frame, toChannels, scaled);
        byte[] converted = new byte[width * height * toChannels];
        PictureChannels.Convert(pixels, channels, converted, toChannels);
        double[] expected = Oracle(converted, width, height, toChannels, toWidth, toHeight);
        for (int i = 0; i < scaled.Length; i++) Assert.InRange(scaled[i] - expected[i], -0.501, 0.501);
    }

    [Fact]
    public void APartOfTheScaledPictureIsThatPart()
    {
        byte[] pixels = Noise(90 * 60 * 3), whole = new byte[45 * 30 * 3], part = new byte[20 * 10 * 3];
        PictureScaler scaler = new();
        scaler.Scale(pixels, 90, 60, 3, new PictureFrame(45, 30, 0, 0, 45, 30), 3, whole);
        scaler.Scale(pixels, 90, 60, 3, new PictureFrame(45, 30, 12, 7, 20, 10), 3, part);
        for (int y = 0; y < 10; y++) Assert.Equal(whole.AsSpan(((7 + y) * 45 + 12) * 3, 60).ToArray(), part.AsSpan(y * 60, 60).ToArray());
    }

    /// <summary>torchvision: Resize(256), CenterCrop(224).</summary>
    [Theory]
    [InlineData(500, 375, 341, 256, 58, 16), InlineData(375, 500, 256, 341, 16, 58), InlineData(256, 256, 256, 256, 16, 16), InlineData(300, 299, 256, 256, 16, 16)]
    public void ResizeAndCropAreThoseOfTorchvision(int width, int height, int fullWidth, int fullHeight, int left, int top) =>
        Assert.Equal(new PictureFrame(fullWidth, fullHeight, left, top, 224, 224), PictureFrame.Of(new PreProcessing { Resize = 256 }, width, height, 224, 224));

    [Fact]
    public void OpenSizesAreThePicturesOwn()
    {
        Assert.Equal(new PictureFrame(50, 30, 0, 0, 50, 30), PictureFrame.Of(PreProcessing.None, 50, 30, null, null));
        Assert.Equal(new PictureFrame(100, 60, 0, 0, 100, 60), PictureFrame.Of(new PreProcessing { Resize = 60 }, 50, 30, null, null));
        Assert.Equal(new PictureFrame(80, 48, 0, 0, 80, 48), PictureFrame.Of(new PreProcessing { Fit = PictureFit.Crop }, 50, 30, null, 48));
        Assert.Throws<ArgumentException>(() => PictureFrame.Of(new PreProcessing { Fit = PictureFit.Exact }, 50, 30, 50, 31));
        Assert.Throws<ArgumentException>(() => PictureFrame.Of(new PreProcessing { Resize = 40 }, 50, 30, 50, 50));
        Assert.Throws<ArgumentException>(() => PictureFrame.Of(new PreProcessing { Resize = 256 }, 1, 100_000, 224, 224));
    }

    [Theory, InlineData("f32", 3, 4, 5), InlineData("f16", 3, 4, 5), InlineData("f32", 4, 5, 3), InlineData("u8", 4, 5, 3)]
    public void ValuesHaveTheLayoutOrderAndTypeOfTheInput(string type, int a, int b, int c)
    {
        bool isPlanes = a == 3, isBytes = type == "u8";
        PlanPort port = new("v0", "x", type == "f32" ? ElementType.Float32 : type == "f16" ? ElementType.Float16 : ElementType.UInt8, [Dimension.Symbol("N"), Dimension.Of(a), Dimension.Of(b), Dimension.Of(c)]);
        PreProcessing how = isBytes ? new() { IsBgr = true } : new() { IsBgr = true, Range = (-1, 1), Mean = [0.1f, 0.2f, 0.3f], Std = [0.5f, 0.25f, 2] };
        PictureConverter converter = new(how, port);
        byte[] pixels = Noise(4 * 5 * 3);
        PictureFrame frame = converter.Frame(5, 4);
        byte[] values = new byte[converter.Length(frame)];
        converter.Convert(pixels, 5, 4, 3, frame, values);
        for (int channel = 0; channel < 3; channel++)
            for (int i = 0; i < 20; i++)
            {
                int at = isPlanes ? channel * 20 + i : i * 3 + channel;
                byte pixel = pixels[i * 3 + 2 - channel];
                double expected = isBytes ? pixel : (-1 + 2 * pixel / 255.0 - how.Mean![channel]) / how.Std![channel];
                double value = isBytes ? values[at] : type == "f16" ? (double)MemoryMarshal.Cast<byte, Half>(values)[at] : MemoryMarshal.Cast<byte, float>(values)[at];
                Assert.Equal(expected, value, type == "f16" ? 0.01 : 1e-5);
            }
    }

    [Fact]
    public void WordsComeBackAsTheyAre()
    {
        PreProcessing? made = PreProcessing.None;
        foreach ((string key, string word) in ((string, string)[])[("Mean", "0.485, 0.456 0.406"), ("std", ".5"), ("RANGE", "0,255"), ("channels", "bgr"), ("layout", "nhwc"), ("fit", "CROP"), ("resize", "256")])
            made = made!.With(key, word);
        KeyValuePair<string, string>[] pairs = [.. made!.ToPairs()];
        Assert.Equal("range=0,255 mean=0.485,0.456,0.406 std=0.5 channels=BGR layout=NHWC fit=crop resize=256", string.Join(' ', pairs.Select(p => $"{p.Key}={p.Value}")));
        Assert.Equal(pairs, PreProcessing.Of([new("preset", "Tiny"), .. pairs])!.ToPairs());
        Assert.Null(PreProcessing.Of([new("preset", "Tiny")]));
        Assert.Throws<FormatException>(() => PreProcessing.Of([new("fit", "pad")]));
    }

    [Fact]
    public void ASessionTakesPicturesWithoutAllocating()
    {
        string model = _folder["copy.onnx"];
        new OnnxBuilder(13).Input("x", ElementType.Float32, "N", 3, 16, 24).Node("Identity", ["x"], ["y"]).Output("y", ElementType.Float32, "N", 3, 16, 24).Write(model);
        Assert.Equal(0, ToolRunner.Run("compress", model, "--mean", "0.5", "--std", "0.25", "--resize", "24").Code);
        using PlanRunner runner = PlanRunner.Load(_folder["copy.lr2vq"]);
        using ModelSession session = runner.CreateSession();
        byte[] pixels = Noise(120 * 80 * 3);
        long allocated = 0;
        for (int i = 0; i < 4; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            session.SetPicture(0, pixels, 120, 80);
            session.Run();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, allocated);
        byte[] scaled = new byte[16 * 24 * 3];
        new PictureScaler().Scale(pixels, 120, 80, 3, new PictureFrame(36, 24, 6, 4, 24, 16), 3, scaled);
        ReadOnlySpan<float> values = session.Output<float>(0);
        for (int i = 0; i < 16 * 24; i++) Assert.Equal((scaled[3 * i + 1] / 255f - 0.5f) / 0.25f, values[16 * 24 + i], 5);
        Assert.Contains("9720 bytes times 1, 2, 3 or 4; 28800 were given", Assert.Throws<ArgumentException>(() => session.SetPicture(0, pixels, 120, 81)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.SetPicture(0, pixels, 0, 80));
    }

    [Fact]
    public void WithoutPreProcessingAPictureIsRefused()
    {
        Assert.Equal(0, ToolRunner.Run("compress", _folder.Classifier()).Code);
        using PlanRunner runner = PlanRunner.Load(_folder["small.lr2vq"]);
        using ModelSession session = runner.CreateSession();
        Assert.Contains("says nothing of pictures", Assert.Throws<InvalidOperationException>(() => session.SetPicture(0, new byte[192], 8, 8)).Message);
    }

    /// <summary>The definition, column by column and row by row, in doubles.</summary>
    private static double[] Oracle(byte[] pixels, int width, int height, int channels, int toWidth, int toHeight)
    {
        double[] result = new double[toWidth * toHeight * channels];
        for (int y = 0; y < toHeight; y++)
            for (int x = 0; x < toWidth; x++)
                for (int c = 0; c < channels; c++)
                {
                    double sum = 0, weights = 0;
                    for (int sy = 0; sy < height; sy++)
                        for (int sx = 0; sx < width && Weight(sy, y, height, toHeight) > 0; sx++)
                        {
                            double weight = Weight(sx, x, width, toWidth) * Weight(sy, y, height, toHeight);
                            sum += weight * pixels[(sy * width + sx) * channels + c];
                            weights += weight;
                        }
                    result[(y * toWidth + x) * channels + c] = sum / weights;
                }
        return result;

        static double Weight(int at, int to, int from, int length)
        {
            double scale = (double)from / length, reach = Math.Max(1, scale);
            return Math.Max(0, 1 - Math.Abs(at + 0.5 - (to + 0.5) * scale) / reach);
        }
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
