using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Builds the attributes of a node in the order in which they are added; values that are the default are left out.</summary>
internal sealed class AttributeList : IEnumerable<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _pairs = [];

    public AttributeList Add(string key, string value, string? absent = null) => value == absent ? this : Append(key, value);

    public AttributeList Add(string key, int value, int? absent = null) =>
        value == absent ? this : Append(key, value.ToString(CultureInfo.InvariantCulture));

    public AttributeList Add(string key, float value, float? absent = null) => value.Equals(absent) ? this : Append(key, StepAttributes.FloatToBits(value));

    public AttributeList Add(string key, IEnumerable<int> values, IEnumerable<int>? absent = null) =>
        absent is not null && values.SequenceEqual(absent) ? this : Append(key, string.Join(",", values.Select(v => v.ToString(CultureInfo.InvariantCulture))));

    public AttributeList Add(string key, IEnumerable<float> values) => Append(key, string.Join(",", values.Select(StepAttributes.FloatToBits)));

    public AttributeList Add(string key, IEnumerable<Dimension> values) => Append(key, string.Join(",", values));

    public AttributeList Flag(string key, bool value) => value ? Append(key, "1") : this;

    public static implicit operator StepAttributes(AttributeList list) =>
        list._pairs.Count == 0 ? StepAttributes.Empty : new StepAttributes(list._pairs);

    /// <summary>The attributes of a node with some replaced or appended.</summary>
    public static StepAttributes With(StepAttributes attributes, AttributeList changed)
    {
        var pairs = attributes.Pairs.Where(pair => changed._pairs.All(other => other.Key != pair.Key)).ToList();
        pairs.AddRange(changed._pairs);
        return new StepAttributes(pairs);
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private AttributeList Append(string key, string value)
    {
        _pairs.Add(new KeyValuePair<string, string>(key, value));
        return this;
    }
}
