using System;

namespace Lr2vq.Evaluation;

/// <summary>A run was ended because its loops take longer than its outputs are worth.</summary>
internal sealed class LongRunException(string reason) : ArgumentException(reason);
