using System.IO;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Page.Tests;

/// <summary>A small classifier of pictures with many layers of long names, and pictures for it.</summary>
internal static class ReportedModel
{
    private const int Layers = 12, Channels = 24;

    /// <returns>Path of the .onnx; the pictures are beside it.</returns>
    public static string Write(string folder)
    {
        OnnxBuilder model = new OnnxBuilder(13).Input("image", ElementType.Float32, 1, 3, 32, 32);
        string value = "image";
        for (int layer = 0; layer < Layers; layer++)
        {
            string weight = $"backbone/stage_{layer}/a_long_name_of_a_layer/convolution/weight";
            model.Initializer(weight, RandomTensor.Floats(layer, Channels, layer == 0 ? 3 : Channels, 3, 3))
                .Node("Conv", [value, weight], [$"c{layer}"], ("pads", new[] { 1, 1, 1, 1 })).Node("Relu", [$"c{layer}"], [$"r{layer}"]);
            value = $"r{layer}";
        }
        string path = Path.Combine(folder, "model.onnx");
        model.Initializer("classifier/weight", RandomTensor.Floats(99, 20, Channels)).Node("GlobalAveragePool", [value], ["p"]).Node("Flatten", ["p"], ["f"])
            .Node("Gemm", ["f", "classifier/weight"], ["logits"], ("transB", 1)).Output("logits", ElementType.Float32, 1, 20).Write(path);
        string pictures = Directory.CreateDirectory(Path.Combine(folder, "pictures")).FullName;
        for (int i = 0; i < 8; i++)
            PictureWriter.WritePng(Path.Combine(pictures, $"{i}.png"), new Data.PixelImage(48, 36, 3, [.. Enumerable.Range(0, 48 * 36 * 3).Select(v => (byte)(v * (i + 1) / 7))]));
        return path;
    }
}
