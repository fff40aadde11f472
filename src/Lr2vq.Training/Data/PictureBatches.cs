using System;
using System.Globalization;
using System.Linq;
using Lr2vq.Compression.Methods;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Tuning;
using static TorchSharp.torch;

namespace Lr2vq.Training.Data;

/// <summary>Batches of pictures in an order that is new in each pass, moved by up to some pixels and mirrored by chance. All of it follows from the seed and the number of the step.</summary>
/// <param name="pictures">What is drawn from.</param>
/// <param name="teacher">Answers the very pictures that are trained on.</param>
/// <param name="batch">Pictures of a step.</param>
/// <param name="shift">Most pixels that a picture is moved by.</param>
/// <param name="mirror">Whether pictures are mirrored.</param>
internal sealed class PictureBatches(TrainingPictures pictures, Teacher teacher, int batch, int seed, int shift, bool mirror) : IBatchSource
{
    private int[] _order = [];
    private int _pass = -1;

    public Batch At(int step)
    {
        float[] values = new float[batch * pictures.Length];
        long[] labels = new long[batch];
        SeededRandom random = SeededRandom.For(seed, string.Create(CultureInfo.InvariantCulture, $"pictures {step}"));
        for (int i = 0; i < batch; i++)
        {
            int picture = PictureOf((long)step * batch + i);
            int dx = random.Below(2 * shift + 1) - shift, dy = random.Below(2 * shift + 1) - shift;
            pictures.Write(picture, dx, dy, mirror && random.Below(2) == 1, values.AsSpan(i * pictures.Length, pictures.Length));
            if (pictures.Labels is { } known) labels[i] = known[picture];
        }
        int[] shape = pictures.ShapeOf(batch);
        float[] answers = teacher.AnswerOf(step, values, shape);
        return new Batch([TensorValues.Of(values, [.. shape.Select(d => (long)d)])], TensorValues.Of(answers, batch, answers.Length / batch), pictures.Labels is null ? null : tensor(labels));
    }

    private int PictureOf(long number)
    {
        (int pass, int place) = ((int)(number / pictures.Count), (int)(number % pictures.Count));
        if (pass != _pass)
        {
            _order = SeededRandom.For(seed, string.Create(CultureInfo.InvariantCulture, $"pass {pass}")).Permutation(pictures.Count);
            _pass = pass;
        }
        return _order[place];
    }
}
