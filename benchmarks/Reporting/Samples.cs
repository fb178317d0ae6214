namespace MdeFic.Benchmarks.Reporting;

/// <summary>What all runs measured.</summary>
internal sealed class Samples
{
    private readonly Dictionary<string, List<Sample>> _samples = [];

    /// <summary>Adds what one process measured.</summary>
    internal void Add(string measurement, Sample sample)
    {
        if (!_samples.TryGetValue(measurement, out var samples))
        {
            _samples[measurement] = samples = [];
        }

        samples.Add(sample);
    }

    /// <summary>The spread of a figure over the runs.</summary>
    internal Spread Spread(string measurement, string figure) => Spread(measurement, sample => sample[figure]);

    /// <summary>The spread of what follows from the figures of each run.</summary>
    internal Spread Spread(string measurement, Func<Sample, double> figure) =>
        Benchmarks.Spread.Of(_samples[measurement].Select(figure));
}
