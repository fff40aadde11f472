using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>A network that names what is on a picture.</summary>
/// <param name="File">The .onnx.</param>
/// <param name="Pictures">400 pictures of ImageNet, or the 10,000 test pictures of CIFAR-10.</param>
/// <param name="TensorFlowRange">Pixels become x / 127.5 − 1; otherwise (x / 255 − mean) / std with ImageNet's mean and deviation.</param>
/// <param name="LabelOffset">1 if output 0 is "background".</param>
/// <param name="Expected">What the README of the networks states for fp32.</param>
internal sealed record PictureCase(string File, PictureSet Pictures, bool TensorFlowRange, int LabelOffset, int Expected) : NetworkCase(File)
{
    private static readonly Dictionary<PictureSet, LabelledPictures> s_loaded = [];

    public override int? Fp32Correct => Expected;

    public override CalibrationInputs Calibration => Pictures == PictureSet.ImageNet ? CalibrationInputs.Photographs(TensorFlowRange) : CalibrationInputs.Cifar();

    public override CalibrationInputs CalibrationWith(int samples) => Pictures == PictureSet.Cifar ? CalibrationInputs.Cifar(samples) : base.CalibrationWith(samples);

    /// <summary>Two threads, a session each.</summary>
    public override Measurement Measure(string artifact)
    {
        if (!s_loaded.TryGetValue(Pictures, out LabelledPictures? pictures)) s_loaded[Pictures] = pictures = LabelledPictures.Load(Pictures);
        using PlanRunner model = PlanRunner.Load(artifact);
        int batch = Pictures == PictureSet.Cifar ? 50 : 4, batches = (pictures.Count + batch - 1) / batch;
        int classes = 0;
        float[]? logits = null;
        object gate = new();
        int next = 0;
        Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, _ =>
        {
            using ModelSession session = model.CreateSession();
            float[] input = new float[batch * pictures.PictureLength];
            for (int b; (b = Interlocked.Increment(ref next) - 1) < batches;)
            {
                int first = b * batch, count = Math.Min(batch, pictures.Count - first);
                Span<float> values = input.AsSpan(0, count * pictures.PictureLength);
                pictures.Write(first, count, TensorFlowRange, values);
                session.SetInput<float>(0, values, [count, 3, pictures.Side, pictures.Side]);
                session.Run();
                ReadOnlySpan<float> output = session.Output<float>(0);
                lock (gate)
                {
                    if (logits is null)
                    {
                        classes = output.Length / count;
                        logits = new float[(long)classes * pictures.Count];
                    }
                    output.CopyTo(logits.AsSpan(first * classes));
                }
            }
        });
        var rows = new Distributions(logits!, classes);
        return new Measurement(rows, [.. Enumerable.Range(0, pictures.Count).Select(i => (rows.Best(i) - LabelOffset).ToString(System.Globalization.CultureInfo.InvariantCulture))],
            [.. Enumerable.Range(0, pictures.Count).Select(i => pictures.Label(i).ToString(System.Globalization.CultureInfo.InvariantCulture))]);
    }
}
