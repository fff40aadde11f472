using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Testing;

/// <summary>A network to quantize, with pictures to take ranges from and others to measure with.</summary>
/// <param name="File">The .onnx.</param>
/// <param name="Pictures">Which pictures.</param>
/// <param name="TensorFlowRange">Pixels from −1 to 1; else with ImageNet's mean and deviation.</param>
/// <param name="LabelOffset">1 if output 0 is "background".</param>
internal sealed record QuantizedCase(string File, PictureSet Pictures, bool TensorFlowRange, int LabelOffset)
{
    /// <summary>Pictures that ranges are taken from.</summary>
    private const int CalibrationPictures = 32;

    public static readonly QuantizedCase ResNet20 = new("cifar10-resnet20.onnx", PictureSet.Cifar, false, 0);

    public static readonly QuantizedCase MobileNet = new("mobilenet_v2_1.0_224.onnx", PictureSet.ImageNet, true, 1);

    public int Side => Pictures == PictureSet.Cifar ? Cifar10Pack.Side : 224;

    /// <summary>Writes a quantized form.</summary>
    public void Write(string target, QuantizedForm form, int calibrationPictures = CalibrationPictures)
    {
        LabelledPictures pictures = LabelledPictures.Calibration(Pictures, calibrationPictures);
        QuantizedModel.Write(TestData.Model(File), target, "input", [1, 3, Side, Side], form, Enumerable.Range(0, pictures.Count).Select(i => pictures.Read(i, TensorFlowRange)));
    }

    /// <summary>Pictures to measure with, as the network reads them, and their classes.</summary>
    public IEnumerable<(HostTensor Picture, int Label)> Evaluation(int most)
    {
        LabelledPictures pictures = LabelledPictures.Load(Pictures, most);
        for (int i = 0; i < pictures.Count; i++) yield return (pictures.Read(i, TensorFlowRange), pictures.Label(i) + LabelOffset);
    }
}
