using System;
using System.Threading.Tasks;

namespace Lr2vq.Accuracy;

/// <summary>What a network says of all pictures: logits [pictures, classes].</summary>
internal sealed class Measurement
{
    private readonly float[] _logits;
    private readonly int _classes;
    private readonly int _offset;

    private Measurement(float[] logits, int classes, int offset, LabelledPictures pictures)
    {
        (_logits, _classes, _offset, Count) = (logits, classes, offset, pictures.Count);
        for (int i = 0; i < Count; i++)
            if (Answer(i) - offset == pictures.Label(i)) Correct++;
    }

    public int Count { get; }

    /// <summary>Right answers.</summary>
    public int Correct { get; }

    /// <summary>Runs an artifact over all pictures with two threads, a session each.</summary>
    public static Measurement Of(string artifact, NetworkCase network, LabelledPictures pictures)
    {
        using PlanRunner model = PlanRunner.Load(artifact);
        int batch = network.Pictures == PictureSet.Cifar ? 50 : 4, batches = (pictures.Count + batch - 1) / batch;
        int classes = 0;
        float[]? logits = null;
        object gate = new();
        int next = 0;
        Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, _ =>
        {
            using ModelSession session = model.CreateSession();
            float[] input = new float[batch * pictures.PictureLength];
            for (int b; (b = System.Threading.Interlocked.Increment(ref next) - 1) < batches;)
            {
                int first = b * batch, count = Math.Min(batch, pictures.Count - first);
                Span<float> values = input.AsSpan(0, count * pictures.PictureLength);
                pictures.Write(first, count, network.TensorFlowRange, values);
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
        return new Measurement(logits!, classes, network.LabelOffset, pictures);
    }

    /// <summary>Pictures with the same answer.</summary>
    public int Agreement(Measurement other)
    {
        int same = 0;
        for (int i = 0; i < Count; i++)
            if (Answer(i) == other.Answer(i)) same++;
        return same;
    }

    /// <summary>Mean over the pictures of KL(reference ‖ this), in nats.</summary>
    public double DivergenceFrom(Measurement reference)
    {
        double sum = 0;
        double[] p = new double[_classes], q = new double[_classes];
        for (int i = 0; i < Count; i++)
        {
            reference.LogSoftmax(i, p);
            LogSoftmax(i, q);
            for (int c = 0; c < _classes; c++) sum += Math.Exp(p[c]) * (p[c] - q[c]);
        }
        return sum / Count;
    }

    private ReadOnlySpan<float> Row(int picture) => _logits.AsSpan(picture * _classes, _classes);

    private int Answer(int picture)
    {
        ReadOnlySpan<float> row = Row(picture);
        int best = 0;
        for (int c = 1; c < row.Length; c++)
            if (row[c] > row[best]) best = c;
        return best;
    }

    private void LogSoftmax(int picture, double[] to)
    {
        ReadOnlySpan<float> row = Row(picture);
        double top = row[Answer(picture)], sum = 0;
        foreach (float value in row) sum += Math.Exp(value - top);
        double log = Math.Log(sum);
        for (int c = 0; c < row.Length; c++) to[c] = row[c] - top - log;
    }
}
