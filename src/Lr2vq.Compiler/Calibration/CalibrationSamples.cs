using System.Collections;
using System.Collections.Generic;
using Lr2vq.Data;
using Lr2vq.Evaluation;

namespace Lr2vq.Calibration;

/// <summary>The samples of a set. They are kept while they are small together, else read whenever they are asked for.</summary>
internal sealed class CalibrationSamples(CalibrationSet set) : IReadOnlyList<InputSample>
{
    private const long MostKept = 1L << 30;

    private readonly InputSample?[] _kept = new InputSample?[set.Count];
    private long _bytes;

    public int Count => set.Count;

    public InputSample this[int index]
    {
        get
        {
            if (_kept[index] is { } kept) return kept;
            InputSample sample = set.Read(index);
            long bytes = 0;
            foreach (NpyFile value in sample.Values) bytes += value.Bytes.Length;
            if (_bytes + bytes > MostKept) return sample;
            _bytes += bytes;
            return _kept[index] = sample;
        }
    }

    public IEnumerator<InputSample> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
