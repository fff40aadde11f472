using System;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Balanced decides by generated inputs. On photographs, which it never saw, outputs change as little.</summary>
public sealed class PhotographTests
{
    private const int Photographs = 8;
    /// <summary>Change of the output, ‖a − b‖ ÷ ‖a‖, in the mean.</summary>
    private const double Limit = 0.04;

    /// <summary>A network whose outputs want finer steps than its weights do, so that errors are fed back: 3.8x without.</summary>
    [Fact]
    public void OutputsStay()
    {
        string model = TestData.Model("mobilenet_v1_0.25_224.onnx"), folder = Directory.CreateTempSubdirectory("lr2vq-photographs").FullName, artifact = Path.Combine(folder, "model.lr2vq");
        try
        {
            DiagnosticBag bag = new();
            CompressedModel made = ModelCompressor.Compress(model, artifact, new ModelOptions { Compression = new CompressionOptions { Threads = 1 } }, null, bag, default)!;
            using OrtOracle oracle = new(model);
            using PlanRunner runner = PlanRunner.Load(artifact);
            using ModelSession session = runner.CreateSession();
            int[] shape = [.. oracle.InputShape(oracle.InputNames[0]).Select(n => Math.Max(n, 1))];
            double sum = 0;
            foreach (string picture in Directory.GetFiles(TestData.Data("imagenet-val-500/calib"), "*.jpg").Order(StringComparer.Ordinal).Take(Photographs))
            {
                HostTensor x = Input(picture, shape);
                float[] expected = oracle.Run([(oracle.InputNames[0], x)])[0].Values<float>().ToArray();
                session.SetInput<float>(0, x.Values<float>(), x.Shape);
                session.Run();
                sum += Change(expected, session.Output<float>(0)) / Photographs;
            }
            Assert.True(sum <= Limit, $"changed by {sum}, predicted were {made.OutputChange}, at {made.Ratio}x");
            Assert.True(made.Ratio >= 4, $"{made.Ratio}x");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static HostTensor Input(string path, int[] shape)
    {
        PixelImage picture = PictureFile.Read(path);
        (int height, int width) = (shape[2], shape[3]);
        byte[] pixels = new byte[width * height * 3];
        new PictureScaler().Scale(picture.Pixels, picture.Width, picture.Height, picture.Channels, new PictureFrame(width, height, 0, 0, width, height), 3, pixels);
        float[] values = new float[pixels.Length];
        for (int i = 0; i < pixels.Length; i++) values[i % 3 * width * height + i / 3] = (pixels[i] / 255f - 0.5f) / 0.5f;
        return HostTensor.Of(values, shape);
    }

    private static double Change(float[] a, ReadOnlySpan<float> b)
    {
        double squares = 0, energy = 0;
        for (int i = 0; i < a.Length; i++) (squares, energy) = (squares + ((double)a[i] - b[i]) * (a[i] - b[i]), energy + (double)a[i] * a[i]);
        return Math.Sqrt(squares / energy);
    }
}
