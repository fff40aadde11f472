using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;

namespace Lr2vq.Accuracy;

/// <summary>The networks of the data folder, of npm packages, and the cases that once lost their output in silence.</summary>
internal static class FieldNetworks
{
    private const double NoWord = 1e-3;

    public static IEnumerable<FieldNetwork> All => [.. TestNetworks.Published.Select(Of), .. SilentLoss()];

    private static IReadOnlyList<FieldNetwork> Known { get; } =
    [
        new("mobilenet_v2_1.0_224.onnx", () => new Agreement(), () => Photographs(100, 224, 224, PixelRange.Signed)),
        new("squeezenet1_1.onnx", () => new Agreement(), () => Photographs(100, 224, 224, PixelRange.ImageNet)),
        new("mobilenet_v1_0.25_224.onnx", () => new Agreement(), () => Photographs(100, 224, 224, PixelRange.Signed)),
        new("cifar10-resnet20.onnx", () => new Agreement(), Cifar),
        new("cifar10j-resnet20.onnx", () => new Agreement(), Cifar),
        new("cifar10-resnet18.onnx", () => new Agreement(), Cifar),
        new("field/superres_pytorch.onnx", () => new PeakSignal(),
            () => FieldPictures.Photographs(24).Select(p => FieldSequence.Of(FieldPictures.Planes(p, 224, 224, PixelRange.Unit, channels: 1)))),
        new("field/ultraface_rfb320.onnx", () => new FaceCount(scores: 0, boxes: 1),
            () => Photographs(400, 320, 240, new PixelRange([127 / 255f], [128 / 255f]))),
        new("field/keijiro_selfie.onnx", () => new MaskOverlap(0.5, share: 0.05),
            () => FieldPictures.Photographs(400).Select(p => FieldSequence.Of(FieldPictures.Interleaved(p, 256, 144, PixelRange.Unit)))),
        new("field/keijiro_iris.onnx", () => new PointDistance(size: 64, dimensions: 3), () => Photographs(60, 64, 64, PixelRange.Signed)),
        new("field/gtcrn.onnx", () => new SignalToNoise(), SpeechInputs.Gtcrn) { Carried = [(1, 1), (2, 2), (3, 3)] },
        new("field/silero_half.onnx", () => new SameDecisions(0.5), SpeechInputs.Silero) { Carried = [(1, 1)] },
        new("field/fw_silero_vad_v6.onnx", () => new SameDecisions(0.5), SpeechInputs.SileroBatches) { Carried = [(1, 1), (2, 2)] },
        new("field/dtln_1.onnx", () => new SignalToNoise(), SpeechInputs.Dtln) { Carried = [(1, 1)] },
        new("field/basic_pitch.onnx", () => new MaskOverlap(0.3, share: 0), SpeechInputs.Pitch),
        new("field/magika_v2_1.onnx", () => new Agreement(), () => FileBytes.Files().Select(file => FieldSequence.Of(FileBytes.Ends(file)))),
        new("field/oww_melspectrogram.onnx", () => new SignalToNoise(), SpeechInputs.Samples16),
        new("field/wml_squeezenet_fp16.onnx", () => new Agreement(),
            () => FieldPictures.Photographs(100).Select(p => FieldSequence.Of(ToHalf(FieldPictures.Planes(p, 224, 224, PixelRange.Bytes, bgr: true))))),
        new("field/deeploy_tinyvit.onnx", () => new Agreement(), Cifar),
        new("ch_PP-OCRv4_rec_infer.onnx", () => new SameText(),
            () => TextLines.Pictures(24, seed: 1).Select(line => FieldSequence.Of(FieldPictures.Planes(line, TextLines.Width, TextLines.Height, PixelRange.Signed, bgr: true)))),
        new("ch_PP-OCRv4_det_infer.onnx", () => new MaskOverlap(0.3, share: 0.002),
            () => FieldPictures.Photographs(24).Select((p, i) => FieldSequence.Of(FieldPictures.Planes(TextLines.Over(p, 320, 320, seed: i), 320, 320, PixelRange.ImageNet, bgr: true)))),
        new("ch_ppocr_mobile_v2.0_cls_infer.onnx", () => new Agreement(),
            () => TextLines.Pictures(60, seed: 2).Select((line, i) => FieldSequence.Of(FieldPictures.Planes(i % 2 == 0 ? line : TextLines.Turned(line), 192, 48, PixelRange.Signed, bgr: true)))),
        new("face_detection_front_128x128_barracuda.onnx", () => new SignalToNoise(), () => Interleaved(100, 128, PixelRange.Signed)),
        new("face_detection_back_256x256_barracuda.onnx", () => new SignalToNoise(), () => Interleaved(60, 256, PixelRange.Signed)),
        new("mlsd_320x320_tiny.onnx", () => new SignalToNoise(), () => Interleaved(20, 320, PixelRange.Bytes, alpha: 1)),
        new("mlsd_512x512_tiny.onnx", () => new SignalToNoise(), () => Interleaved(20, 512, PixelRange.Bytes, alpha: 1)),
        new("mlsd_320x320_large.onnx", () => new SignalToNoise(), () => Interleaved(20, 320, PixelRange.Bytes, alpha: 1)),
        new("silero_vad_v5.onnx", () => new SameDecisions(0.5), SpeechInputs.Silero) { Carried = [(1, 1)] },
        new("silero_vad_legacy.onnx", () => new SameDecisions(0.5), SpeechInputs.SileroLegacy) { Carried = [(1, 2), (2, 3)] },
        new("embedding_model.onnx", () => new SignalToNoise(), SpeechInputs.MelWindows),
        new("alexa_v0.1.onnx", () => new SameDecisions(0.5), () => SpeechInputs.Embeddings(16, "Alexa")) { LeastSize = NoWord },
        new("hey_mycroft_v0.1.onnx", () => new SameDecisions(0.5), () => SpeechInputs.Embeddings(16, "Hey my croft!")) { LeastSize = NoWord },
        new("hey_jarvis_v0.1.onnx", () => new SameDecisions(0.5), () => SpeechInputs.Embeddings(16, "Hey Jarvis")) { LeastSize = NoWord },
        new("timer_v0.1.onnx", () => new Agreement(), () => SpeechInputs.Embeddings(34, "Set a timer for ten minutes")) { LeastSize = NoWord },
        new("weather_v0.1.onnx", () => new SameDecisions(0.5), () => SpeechInputs.Embeddings(22, "What is the weather today?")) { LeastSize = NoWord },
    ];

    private static FieldNetwork Of(string file) =>
        Known.FirstOrDefault(network => network.File == file) ?? throw new InvalidOperationException($"{file}: say here what its task is, and what goes in");

    /// <summary>NAME.onnx with the input NAME.INPUT.npy beside it.</summary>
    private static IEnumerable<FieldNetwork> SilentLoss()
    {
        string folder = Path.Combine(TestData.Folder, "cases", "03-silent-loss");
        if (!Directory.Exists(folder)) yield break;
        foreach (string model in Directory.GetFiles(folder, "*.onnx").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(model);
            string? values = Directory.GetFiles(folder, name + ".*.npy").Order(StringComparer.Ordinal).FirstOrDefault();
            if (values is not null)
                yield return new FieldNetwork(Path.GetFileName(model), () => new LargestChange(), () => [FieldSequence.Of(HostTensor.ReadNpy(values))]) { Path = model };
        }
    }

    private static IEnumerable<FieldSequence> Photographs(int count, int width, int height, PixelRange range) =>
        FieldPictures.Photographs(count).Select(p => FieldSequence.Of(FieldPictures.Planes(p, width, height, range)));

    private static IEnumerable<FieldSequence> Interleaved(int count, int side, PixelRange range, float? alpha = null) =>
        FieldPictures.Photographs(count).Select(p => FieldSequence.Of(FieldPictures.Interleaved(p, side, side, range, alpha)));

    private static IEnumerable<FieldSequence> Cifar() =>
        FieldPictures.Cifar(200).Select(p => FieldSequence.Of(FieldPictures.Planes(p, Cifar10Pack.Side, Cifar10Pack.Side, PixelRange.ImageNet)));

    private static HostTensor ToHalf(HostTensor values) => HostTensor.Of(Array.ConvertAll(values.Values<float>().ToArray(), v => (Half)v), values.Shape);
}
