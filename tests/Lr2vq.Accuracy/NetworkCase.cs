using System.Collections.Generic;

namespace Lr2vq.Accuracy;

/// <summary>Which pictures a network is measured on.</summary>
internal enum PictureSet { ImageNet, Cifar }

/// <summary>A labelled network.</summary>
/// <param name="File">The .onnx.</param>
/// <param name="Pictures">400 pictures of ImageNet, or the 10,000 test pictures of CIFAR-10.</param>
/// <param name="TensorFlowRange">Pixels become x / 127.5 − 1; otherwise (x / 255 − mean) / std with ImageNet's mean and deviation.</param>
/// <param name="LabelOffset">1 if output 0 is "background".</param>
/// <param name="Fp32Correct">What the README of the networks states for fp32; our own dense result must equal it.</param>
/// <param name="Bar">What the Balanced preset must reach; 0 if nothing is promised.</param>
internal sealed record NetworkCase(string File, PictureSet Pictures, bool TensorFlowRange, int LabelOffset, int Fp32Correct, int Bar = 0)
{
    /// <summary>The ratio at which <see cref="Bar"/> counts.</summary>
    public const double BarRatio = 5.5;

    public static IReadOnlyList<NetworkCase> All { get; } =
    [
        new("mobilenet_v2_1.0_224.onnx", PictureSet.ImageNet, TensorFlowRange: true, LabelOffset: 1, Fp32Correct: 320, Bar: 317),
        new("squeezenet1_1.onnx", PictureSet.ImageNet, TensorFlowRange: false, LabelOffset: 0, Fp32Correct: 289, Bar: 286),
        new("mobilenet_v1_0.25_224.onnx", PictureSet.ImageNet, TensorFlowRange: true, LabelOffset: 0, Fp32Correct: 262),
        new("cifar10-resnet20.onnx", PictureSet.Cifar, TensorFlowRange: false, LabelOffset: 0, Fp32Correct: 8103, Bar: 8060),
        new("cifar10j-resnet20.onnx", PictureSet.Cifar, TensorFlowRange: false, LabelOffset: 0, Fp32Correct: 8801),
        new("cifar10-resnet18.onnx", PictureSet.Cifar, TensorFlowRange: false, LabelOffset: 0, Fp32Correct: 8521),
    ];
}
